"""Floor 3: where and when turns run: one part, one file or folder."""
