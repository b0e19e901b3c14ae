"""An Open Match core in this process: Frontend, Backend and Query, called within it, their state in memory.

The default at a desk and in tests. It behaves as Open Match 1.8.1 does, the inconvenient parts included, so that what
runs on it runs on the real one; the contract tests run on both. Three things differ on purpose: it loses its queue when
it ends, it tells a watcher of an assignment at once instead of looking ten times a second, and tickets may expire.
"""
