"""Floor 2: one Protocol per file: what the engine asks of each kind of part."""
