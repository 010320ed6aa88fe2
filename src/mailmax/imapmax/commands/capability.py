"""CAPABILITY (RFC 3501 §6.1.1)."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.capability import Capability


async def perform(session: ImapSession, _command: Capability) -> None:
    """Say what the server can do."""
    session.machine.untagged(f"CAPABILITY {session.capabilities}".encode())
    session.ok("Capability completed")
