"""The door: commands an operator types."""
