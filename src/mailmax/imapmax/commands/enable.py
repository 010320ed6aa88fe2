"""ENABLE (RFC 5161 §3.1)."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.enable import Enable


async def perform(session: ImapSession, command: Enable) -> None:
    """Switch on what can be switched on: CONDSTORE."""
    enabled = b""
    if b"CONDSTORE" in command.capabilities:
        session.enable_condstore()
        enabled = b" CONDSTORE"
    session.machine.untagged(b"ENABLED" + enabled)
    session.ok("ENABLE completed")
