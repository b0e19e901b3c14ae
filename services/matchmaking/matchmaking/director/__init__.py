"""From a match that Open Match has made to players on a server.

Allocation can't be repeated safely and AssignTickets overwrites, so what is done stands in the store first: a
MatchRecord (record.py), about which every director that looks at it decides alike (decide.py), and which only
compare-and-set changes. The director that made a match need not be the one that ends it.
"""
