"""Mailboxes on local disk: append-only logs, snapshots, and segments of octets."""
