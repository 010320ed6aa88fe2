"""The smtp machines."""
