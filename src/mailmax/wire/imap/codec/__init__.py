"""The words of the IMAP grammar, both ways (RFC 3501 §9)."""
