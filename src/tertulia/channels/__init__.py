"""Floor 3: ways in and out: one part, one file or folder."""
