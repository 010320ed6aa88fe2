"""Inbound SMTP, submission and LMTP."""
