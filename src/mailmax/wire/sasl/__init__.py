"""SASL mechanisms: a few lines of challenge and response each."""
