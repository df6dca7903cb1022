"""Records: every memory is one file, written atomically, and read without running code."""
