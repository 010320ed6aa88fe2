"""What is said with clamd: one scan a connection (INSTREAM)."""
