"""The shell around the decision: what it sees, what it writes, and when it looks again."""
