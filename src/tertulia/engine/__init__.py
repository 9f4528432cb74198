"""Floor 3: what happens to a message; no I/O of its own, no vendor."""
