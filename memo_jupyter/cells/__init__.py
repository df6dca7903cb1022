"""Executed cells as memories: what was seen of one, how that is written down, and how it is kept in the background."""
