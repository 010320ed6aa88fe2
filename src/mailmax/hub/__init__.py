"""Talking to DataMax: what is said (`hub.contract`), and a client that says it."""
