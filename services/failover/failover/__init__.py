"""The failover operator: a dead home node costs a minute, and only the matches on it are lost."""
