"""memo inside a shell: the magics, what they show, and Tab. IPython is imported here and nowhere below."""
