"""Files read into memory: which are meant, what is in them, in a process of its own, and what of that is new."""
