"""Floor 3: ways of remembering: one part, one file or folder."""
