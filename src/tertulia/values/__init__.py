"""Floor 1: frozen values that every other floor speaks in; nothing here does I/O."""
