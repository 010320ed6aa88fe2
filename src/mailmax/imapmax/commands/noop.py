"""NOOP (RFC 3501 §6.1.2)."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.noop import Noop


async def perform(session: ImapSession, _command: Noop) -> None:
    """Tell what is new."""
    if session.selected is not None:
        session.selected.opened.refresh()
    session.ok("NOOP completed")
