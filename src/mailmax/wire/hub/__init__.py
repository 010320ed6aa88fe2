"""The hub conversation on the wire."""
