"""Floor 4: where the parts meet."""
