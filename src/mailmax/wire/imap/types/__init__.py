"""Values that several IMAP commands share."""
