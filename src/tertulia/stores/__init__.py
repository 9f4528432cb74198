"""Floor 3: databases: one part, one file or folder."""
