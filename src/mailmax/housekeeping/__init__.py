"""Housekeeping: cleaning at leisure."""
