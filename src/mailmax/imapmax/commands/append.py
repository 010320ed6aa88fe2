"""APPEND (RFC 3501 §6.3.11, RFC 4315 §3, RFC 5530 §3 OVERQUOTA).

Theory:
    The offer is judged before the client sends the octets: is there such a mailbox,
    room in the user's box, memory for it (`arrivals`). The octets pile up in
    `Receiving`; at their end the message is scanned once, and added together with
    what others append meanwhile.

Limits:
    A message above 256 KiB is scanned in a thread.
"""

import time
from functools import partial

from mailmax.base.units import KIB
from mailmax.imapmax import replies
from mailmax.imapmax.receiving import Receiving
from mailmax.imapmax.session import ImapSession
from mailmax.message import structure
from mailmax.observe.events.imap import MessageAppended
from mailmax.store.mailboxes.values import NewMessage
from mailmax.wire.imap.commands.append import Append, AppendAbandoned, AppendEnd

_SCANNED_INLINE_OCTETS = 256 * KIB
_NO_MEMORY = replies.No("Too many messages at a time, please wait", "INUSE")


async def perform(session: ImapSession, command: Append) -> None:
    """Judge the offer; ask for the octets."""
    folder = session.mail.find(command.mailbox)
    if folder is None or not folder.selectable:
        session.no(replies.TRY_CREATE)
    elif not command.size:
        session.no(replies.No("An empty message is none", "CANNOT"))
    elif not session.has_room(command.size):
        session.no(replies.FULL)
    elif not session.room.arrivals.has_room(
        session.user_id, command.size, command.size
    ):
        session.no(_NO_MEMORY)
    else:
        session.receive(command)


async def abandon(session: ImapSession, _event: AppendAbandoned) -> None:
    """Forget it; the machine has answered."""
    session.stop_receiving()


async def finish(session: ImapSession, _event: AppendEnd) -> None:
    """Add the message, durably."""
    receiving = session.receiving
    if receiving is None:
        raise AssertionError("the machine ends only what was begun")
    try:
        await _add(session, receiving)
    finally:
        session.stop_receiving()


async def _add(session: ImapSession, receiving: Receiving) -> None:
    if receiving.is_refused:
        session.no(_NO_MEMORY)
        return
    if receiving.has_nul:
        session.machine.bad("NUL in the message")  # CHAR8 = %x01-ff
        return
    command = receiving.command
    if not session.has_room(command.size):
        session.no(replies.FULL)  # others were faster
        return
    message = await _new_message(session, receiving)
    try:
        await session.room.opened.prepare(session.mail, command.mailbox)
        opened = session.room.opened.enter(
            session.mail, command.mailbox, read_only=True
        )
    except FileNotFoundError:
        session.no(replies.TRY_CREATE)
        return
    try:
        uid = await session.room.appends.add(opened.mailbox, message)
        session.room.counters.messages_in += 1
        session.room.counters.octets_in += message.size
        opened.refresh()
        if session.dialogue is not None:
            size = len(message.body)
            session.dialogue.tell(
                lambda who: MessageAppended(who, command.mailbox, size)
            )
        validity = opened.mailbox.folder.uid_validity
        session.ok("APPEND completed", f"APPENDUID {validity} {uid}")
    finally:
        session.room.opened.leave(opened)


async def _new_message(session: ImapSession, receiving: Receiving) -> NewMessage:
    command = receiving.command
    body = receiving.body()
    if len(body) > _SCANNED_INLINE_OCTETS:
        fragment = await session.room.threads.submit(partial(structure.render, body))
    else:
        fragment = structure.render(body)
    date_ms = command.internal_date_ms
    return NewMessage(
        body=body,
        size=len(body),
        crc=receiving.crc,
        fragment=fragment,
        internal_date_ms=int(time.time() * 1000) if date_ms is None else date_ms,
        flags=command.flags.system,
        keywords=command.flags.keywords,
    )
