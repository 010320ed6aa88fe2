"""The set-up in a browser, while a node directory is not set up yet."""
