"""What is told of the running system: its state, how busy it is, what happens now."""
