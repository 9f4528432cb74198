"""Floor 3: carriers of live events: one part, one file or folder."""
