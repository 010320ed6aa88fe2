"""Measured beside the peers: `make bench`."""
