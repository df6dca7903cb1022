"""Language models: finding the local server, one file a protocol, and a prompt that fits the window."""
