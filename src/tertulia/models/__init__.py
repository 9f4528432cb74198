"""Floor 3: language models: one part, one file or folder."""
