"""Who plays with whom: match functions and evaluator. What decides is pure; Open Match calls it by `server.py`."""
