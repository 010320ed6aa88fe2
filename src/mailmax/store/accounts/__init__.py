"""Domains, users, aliases and settings in SQL: only DataMax opens it."""
