"""Errors and their fixes: which edit mended an error, what makes two errors alike, and what to say of it when."""
