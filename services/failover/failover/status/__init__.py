"""`failover status`: what the operator is doing for each home node, and what a person can do about it."""
