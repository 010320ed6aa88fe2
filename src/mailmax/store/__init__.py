"""What survives a power cut (DESIGN 3 to 6)."""
