"""IDLE (RFC 2177): what is new is said when it happens."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.idle import Idle, IdleDone


async def perform(session: ImapSession, _command: Idle) -> None:
    """Begin; from here on `ImapSession.push` speaks."""
    if session.selected is not None:
        session.selected.opened.refresh()
        session.selected.idles = True
    session.machine.begin_idle()
    session.tell_news(may_expunge=True)


async def finish(session: ImapSession, event: IdleDone) -> None:
    """End."""
    if session.selected is not None:
        session.selected.idles = False
    if event.proper:
        session.ok("IDLE terminated")
    else:
        session.machine.bad("DONE expected")
