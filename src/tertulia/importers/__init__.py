"""Floor 3: readers of other programs' files: one part, one file or folder."""
