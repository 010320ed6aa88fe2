"""Talking to DataMax: the contract and its client."""
