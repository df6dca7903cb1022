"""Embeddings: the model that turns texts into vectors, and where its files come from."""
