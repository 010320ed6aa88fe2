"""Drivers: sockets, TLS, DNS, child processes. asyncio lives here."""
