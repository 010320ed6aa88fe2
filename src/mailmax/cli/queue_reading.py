"""``mailmax queue show``: one message, its envelope, its octets.

Rules:
    To a terminal a stranger's octets go as printable text only (TRUST N1); to a file
    or a pipe as they are.
"""

import asyncio
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Annotated

from cyclopts import Parameter
from msgspec import structs

from mailmax.base.units import shown_octets
from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.moments import shown_moment
from mailmax.hub.client import HubClient
from mailmax.hub.contract.message import Denied, Request
from mailmax.hub.contract.queue import (
    EntryView,
    Folder,
    MessagePiece,
    ReadEntry,
    RecipientView,
    ShowEntry,
)

_Flag = Annotated[bool, Parameter(negative="")]


def show(
    entry: str,
    *,
    header: _Flag = False,
    body: _Flag = False,
    raw: _Flag = False,
    common: Common | None = None,
) -> int:
    """Show one message: its envelope, and why each recipient waits.

    Args:
        entry: As in the list.
        header: Write the header of the message instead.
        body: Write what is below the header instead.
        raw: Write the whole message instead, as it is sent.
        common: Options of every command.
    """
    desk = Desk(common)
    return show_or_write(desk, entry, "queue", header=header, body=body, raw=raw)


def show_or_write(
    desk: Desk, entry: str, folder: Folder, *, header: bool, body: bool, raw: bool
) -> int:
    """Show what is known of a message, or write its octets; return the code.

    Args:
        desk: The command's.
        entry: Which message.
        folder: Where it is.
        header: Write its header.
        body: Write what is below that.
        raw: Write all of it.

    Raises:
        Ended: It was denied, or the hub is away.
    """
    if header + body + raw > 1:
        desk.fail("header, body and raw: give one of them", Exit.USAGE)
    if header or body or raw:
        return _write_message(
            desk,
            lambda offset: ReadEntry(entry, offset, folder),
            with_header=not body,
            with_body=not header,
        )
    view = _whole(desk, entry, folder)
    if desk.common.json:
        desk.show_json(view)
        return Exit.DONE
    for name, value in _lines(view):
        if value:
            print(f"{name}: {value}")
    desk.show_table(_COLUMNS, [_cells(row) for row in view.rows])
    return Exit.DONE


def _write_message(
    desk: Desk,
    ask: Callable[[int], Request[MessagePiece | Denied]],
    *,
    with_header: bool,
    with_body: bool,
) -> int:
    """Write a message, or its header or body, piece by piece; return the code.

    Args:
        desk: The command's.
        ask: Makes the request for the piece at an offset.
        with_header: Write it, with the empty line behind it.
        with_body: Write what is behind that.

    Raises:
        Ended: It was denied, or the hub is away.
    """

    async def work(hub: HubClient) -> Denied | None:
        sheet = Sheet()
        before, in_header = b"\n", True
        offset, size = 0, 1
        while offset < size and (in_header or with_body):
            piece = await hub.ask(ask(offset))
            if isinstance(piece, Denied):
                return piece
            offset, size = offset + len(piece.octets), piece.size_octets
            end = len(piece.octets) if in_header else 0
            if in_header:
                seen = before + piece.octets
                found = _end_of_header(seen)
                if found is not None:
                    end, in_header = max(0, found - len(before)), False
                before = seen[-2:]
            head = piece.octets[:end] if with_header else b""
            rest = piece.octets[end:] if with_body else b""
            await asyncio.to_thread(sheet.write, head + rest)
        return None

    denied = desk.with_hub(work)
    if denied is not None:
        desk.deny(denied)
    return Exit.DONE


class Sheet:
    """Standard output, for octets of strangers."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._decoder = getincrementaldecoder("utf-8")("backslashreplace")

    def write(self, octets: bytes) -> None:
        """Write some."""
        if self._is_terminal:
            sys.stdout.write(printed(self._decoder.decode(octets)))
        else:
            sys.stdout.buffer.write(octets)
        sys.stdout.flush()


def printed(text: str) -> str:
    r"""Return text that a terminal only shows: ``\x1b`` for ESC, and so on."""
    plain = text.replace("\r\n", "\n")
    return "".join(
        c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in plain
    )


def _end_of_header(octets: bytes) -> int | None:
    """Return where the body begins; None: not in these octets."""
    ends = (octets.find(b"\n\r\n"), octets.find(b"\n\n"))
    found = [
        place + length for place, length in zip(ends, (3, 2), strict=True) if place >= 0
    ]
    return min(found, default=None)


def _whole(desk: Desk, entry: str, folder: Folder) -> EntryView:
    """Return an entry with all its recipients.

    Raises:
        Ended: It was denied, or the hub is away.
    """

    async def work(hub: HubClient) -> EntryView | Denied:
        rows: list[RecipientView] = []
        page = await hub.ask(ShowEntry(entry, folder=folder))
        while isinstance(page, EntryView):
            rows += page.rows
            if not page.next:
                return structs.replace(page, rows=tuple(rows))
            page = await hub.ask(ShowEntry(entry, page.next, folder=folder))
        return page

    view = desk.with_hub(work)
    if isinstance(view, Denied):
        desk.deny(view)
    return view


_COLUMNS = ("Entry", "To", "State", "Tries", "Next try, or end", "Host", "Last reply")


def _cells(row: RecipientView) -> tuple[object, ...]:
    since = f"since {shown_moment(row.tried_since)}" if row.tried_since else ""
    return (
        row.entry_id,
        row.recipient,
        row.state,
        row.tries,
        since or shown_moment(row.failed_at or row.next_try_at),
        row.host,
        row.last_reply,
    )


def _lines(view: EntryView) -> tuple[tuple[str, str], ...]:
    """Return what is known of an envelope, for people."""
    wishes = view.wishes
    user = f"user {view.user_id}" if view.user_id else ""
    origin = (view.client, view.helo, view.protocol, user)
    deadline = shown_moment(wishes.deliver_by)
    return (
        ("entry", view.entry_id),
        ("from", view.reverse_path or "<>"),
        ("since", shown_moment(view.received_at)),
        ("size", shown_octets(view.size_octets)),
        ("handed in by", " ".join(filter(None, origin)) or "this server itself"),
        ("body type", view.body_type + (" SMTPUTF8" if view.smtputf8 else "")),
        ("envelope id", wishes.envelope_id),
        ("reports bring back", wishes.returns),
        ("not to leave before", shown_moment(wishes.hold_until)),
        ("to be there until", f"{deadline} {wishes.by_mode}" if deadline else ""),
        ("priority", str(wishes.priority) if wishes.priority else ""),
        ("requires TLS", "yes" if wishes.require_tls else ""),
        ("origin", view.origin),
    )
