"""The journal: the spool of one node, on disk."""
