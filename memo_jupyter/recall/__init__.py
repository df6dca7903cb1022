"""Recall: from a question to the memories that bear on it, each with the reasons it was found."""
