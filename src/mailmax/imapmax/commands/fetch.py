r"""FETCH and UID FETCH (RFC 3501 §6.4.5, §6.4.8; RFC 7162 §3.1.4).

Theory:
    Messages are gone through by *places*, which stay as they are until the command
    ends (EXPUNGE is held back in FETCH), a slice at a time; each slice looks its
    positions up anew, since the mailbox may have changed while the client read.

Rules:
    A message that was removed meanwhile is passed over, and the OK says so. One that
    cannot be read is passed over too, and the answer is NO. A literal that was
    announced is sent whole or the connection ends.
    \Seen is set after the bodies were sent, and is durable 100 ms later (DESIGN 4).
    A body is copied once on its way, when everything that is to be sent is joined.

Standards:
    RFC 2180 §4.1.2 and RFC 5530 (EXPUNGEISSUED).
"""

from collections.abc import Iterator, Sequence

from mailmax.base.errors import Failure
from mailmax.base.pieces import pieces
from mailmax.imapmax import replies
from mailmax.imapmax.backpressure import Outflow
from mailmax.imapmax.rows import Rows
from mailmax.imapmax.sections import Extent, Pieces, render_section
from mailmax.imapmax.selected import Selected
from mailmax.imapmax.session import ImapSession
from mailmax.observe.dialogue import Dialogue
from mailmax.observe.events.imap import MessagesFetched
from mailmax.store.mailboxes.port import Locked, Mailbox
from mailmax.store.mailboxes.values import Flag
from mailmax.wire.imap.commands.fetch import Fetch
from mailmax.wire.imap.types.fetch_items import Attribute, BodySection

_BODIES_SLICE = 32


async def perform(session: ImapSession, command: Fetch) -> None:
    """Send what was asked."""
    selected = session.open_mailbox
    if Attribute.MODSEQ in command.items:
        session.enable_condstore()
    places = selected.places(command.messages, by_uid=command.by_uid)
    if places is None:
        session.machine.bad("No such message")
        return
    if command.changed_since is not None:
        places = _changed(selected, places, command.changed_since)
    attributes = [item for item in command.items if isinstance(item, Attribute)]
    bodies = [item for item in command.items if isinstance(item, BodySection)]
    rows = Rows(selected, attributes)
    out = Outflow(session.machine, session.conversation)
    failure = None
    if bodies:
        failure = await _send_bodies(session, places, rows, bodies, out)
    else:
        await _send_rows(session, places, rows, out)
    if session.dialogue is not None:
        _tell(session.dialogue, len(places), out.octets, has_bodies=bool(bodies))
    if any(not item.peek for item in bodies):
        await _set_seen(session, places)
    if failure is not None:
        session.tell_news(may_expunge=command.by_uid)
        session.no(replies.of_failure(failure))
        return
    missing = len(selected.view.living(places)) < len(places)
    code = "EXPUNGEISSUED" if missing else ""
    session.ok("FETCH completed", code, may_expunge=command.by_uid)


def _tell(dialogue: Dialogue, messages: int, octets: int, *, has_bodies: bool) -> None:
    """Tell who watches what was sent, without a word of it."""
    dialogue.said(b"* FETCH (of %d messages, %d octets)\r\n" % (messages, octets))
    if has_bodies:
        dialogue.tell(lambda who: MessagesFetched(who, messages, octets))


def _changed(selected: Selected, places: Sequence[int], since: int) -> Sequence[int]:
    """Return the places of messages with a higher mod-sequence."""
    modseqs = selected.opened.mailbox.modseqs
    positions = selected.view.positions(places)
    return selected.view.places(
        [position for position in positions if modseqs[position] > since]
    )


async def _send_rows(
    session: ImapSession, places: Sequence[int], rows: Rows, out: Outflow
) -> None:
    for some in _slices(places, session.room.settings.fetch_slice):
        out.send(b"".join(rows.render(some, b")\r\n")))
        await out.turn()


async def _send_bodies(
    session: ImapSession,
    places: Sequence[int],
    rows: Rows,
    bodies: list[BodySection],
    out: Outflow,
) -> Failure | None:
    """Send rows with sections; return why one could not be read."""
    failure = None
    view = rows.selected.view
    for some in _slices(places, _BODIES_SLICE):
        living = view.living(some)
        for place, row in zip(living, rows.render(living, b""), strict=True):
            position = view.position(place)
            if position is None:
                continue
            try:
                sections = _sections(bodies, rows.selected.opened.mailbox, position)
            except Failure as why:
                failure = why
                continue
            _count(session, bodies, sections)
            await _send_message(session, row, sections, place, out)
        await out.turn()
    return failure


def _sections(
    bodies: list[BodySection], mailbox: Mailbox, position: int
) -> list[Pieces | Extent]:
    return [render_section(item, mailbox, position) for item in bodies]


def _count(
    session: ImapSession, bodies: list[BodySection], sections: list[Pieces | Extent]
) -> None:
    """Count what is sent of a message (manual 2.6); a message, if from its beginning.

    A client that reads one in pieces has read one.
    """
    counters = session.room.counters
    for item, section in zip(bodies, sections, strict=True):
        if isinstance(section, Extent):
            counters.octets_out += section.end - section.start
        else:
            counters.octets_out += len(section[-1])
        wanted = item.section
        counters.messages_out += not (wanted.part or wanted.what or item.offset)


async def _send_message(
    session: ImapSession,
    row: bytes,
    sections: list[Pieces | Extent],
    place: int,
    out: Outflow,
) -> None:
    between = b"" if row.endswith(b"(") else b" "
    pieces = [row]
    for one in sections:
        pieces.append(between)
        between = b" "
        if isinstance(one, Extent):
            out.send(*pieces, one.announced)
            pieces = []
            await _send_extent(session, one, place, out)
        else:
            pieces += one
    if out.send(*pieces, b")\r\n"):
        await out.drain()


async def _send_extent(
    session: ImapSession, extent: Extent, place: int, out: Outflow
) -> None:
    """Send an announced literal in pieces, or end the connection."""
    selected = session.open_mailbox
    for offset, length in pieces(extent.start, extent.end):
        position = selected.view.position(place)
        octets = b""
        if position is not None:
            try:
                octets = selected.opened.mailbox.read(position, offset, length)
            except Failure:
                octets = b""
        if len(octets) != length:
            # The client waits for octets that are not there any more.
            session.conversation.abort()
            raise ConnectionResetError("a literal could not be completed")
        out.send(octets)
        await out.drain()


async def _set_seen(session: ImapSession, places: Sequence[int]) -> None:
    selected = session.open_mailbox
    if selected.read_only or selected.view.gone:
        return
    mailbox = selected.opened.mailbox
    unseen = [
        mailbox.uids[position]
        for position in selected.view.positions(places)
        if not mailbox.flags[position] & Flag.SEEN
    ]
    if not unseen:
        return
    try:
        await session.patiently(lambda: mailbox.store(unseen, "+", Flag.SEEN))
    except (Locked, Failure):
        return  # the client has its mail; the flag comes with the next FETCH
    selected.opened.refresh()
    selected.opened.durable_soon()


def _slices(places: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(places), size):
        yield places[start : start + size]
