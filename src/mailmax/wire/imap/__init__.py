"""The imap machines."""
