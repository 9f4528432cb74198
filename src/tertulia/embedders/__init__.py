"""Floor 3: what turns text into vectors: one part, one file or folder."""
