"""What the remembered cells tell of the work: what was done when, what made what, and what a session came to."""
