"""The profile: what memo has learned of its user, each thing with the memories that it rests on."""
