"""What a user's cells show of them, from the syntax tree of their code: no language model is asked."""
