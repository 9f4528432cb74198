"""Floor 3: vocabularies that count text: one part, one file or folder."""
