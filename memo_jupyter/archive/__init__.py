"""One portable file that holds all memories in plain words: written whole or not at all, read as if it were hostile."""
