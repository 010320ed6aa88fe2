"""Outbound delivery and the queue."""
