"""The pop3 machines."""
