"""CHECK (RFC 3501 §6.4.1)."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.check import Check


async def perform(session: ImapSession, _command: Check) -> None:
    r"""Make durable what is not yet (an implicit \Seen), and tell what is new."""
    opened = session.open_mailbox.opened
    opened.refresh()
    await opened.durable()
    session.ok("CHECK completed")
