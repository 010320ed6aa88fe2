"""Mailboxes: the port, the segments on disk, the memory twin."""
