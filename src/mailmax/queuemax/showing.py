"""One message of the queue: its envelope, its recipients, its octets.

Rules:
    What is read is what is sent: the Return-Path line before it is not.

Limits:
    256 KiB a piece; a page of recipients as of any list.
"""

from collections.abc import Callable, Mapping
from typing import Final

from mailmax.base.envelope import Envelope, Wishes
from mailmax.base.pieces import PIECE_OCTETS
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import (
    EntryView,
    Folder,
    MessagePiece,
    ReadEntry,
    RecipientView,
    ShowEntry,
    WishesView,
)
from mailmax.queuemax.listing import (
    NO_PLACE,
    clip,
    last_reply_of,
    next_try_of,
    read_place,
)
from mailmax.queuemax.selection import read_id, state_of
from mailmax.store.queue.entry import Body, QueueEntry

_PLACES: Final[Mapping[Folder, str]] = {
    "queue": "in the queue",
    "dead": "among the dead mail",
}
Find = Callable[[int], QueueEntry | None]
"""Returns the entry of a number."""
_LISTS: Final[Mapping[Folder, str]] = {"queue": "queue list", "dead": "queue dead list"}


def find_entry(
    entry_id: str, find: Find, folder: Folder = "queue"
) -> QueueEntry | Denied:
    """Return the entry of an id (or of ``ENTRY.N``), or why there is none."""
    found = read_id(entry_id)
    if found is None:
        words = "that is no entry"
        return Denied("bad_value", "entry_id", words, "give ENTRY, as in the list")
    entry = find(found[0])
    if entry is None or entry.is_over:
        words = f"{entry_id} is not {_PLACES[folder]}"
        return Denied("not_found", "entry_id", words, f"see: mailmax {_LISTS[folder]}")
    return entry


def show_entry(request: ShowEntry, entry: QueueEntry, now: float) -> EntryView | Denied:
    """Return what is known of one message.

    Args:
        request: Which page of its recipients.
        entry: The message.
        now: Unix time.
    """
    begin = read_place(request.after)
    if begin is None or begin[0] not in {0, entry.number}:
        return NO_PLACE
    start, limit = begin[1], clip(request.limit)
    end = min(start + limit, len(entry.targets))
    is_dead = request.folder == "dead"
    envelope = entry.envelope
    origin = envelope.origin
    return EntryView(
        entry_id=str(entry.number),
        reverse_path=envelope.reverse_path,
        received_at=envelope.received_at_ms / 1000,
        size_octets=entry.size - envelope.return_path_octets,
        client=envelope.client.address,
        helo=envelope.client.helo,
        protocol=envelope.client.protocol,
        user_id=envelope.client.user_id,
        origin=f"{origin.journal.hex()}.{origin.number}" if origin else "",
        body_type=envelope.body_type,
        smtputf8=envelope.smtputf8,
        wishes=_wishes(envelope),
        rows=tuple(
            _row(entry, place, now, is_dead=is_dead)
            for place in range(start + 1, end + 1)
        ),
        next=f"{entry.number}.{end}" if end < len(entry.targets) else "",
    )


def read_entry(
    request: ReadEntry, entry: QueueEntry, body: Body
) -> MessagePiece | Denied:
    """Return a piece of a message.

    Raises:
        Failure: It cannot be read, or is damaged.
    """
    skip = entry.envelope.return_path_octets
    size = entry.size - skip
    if not 0 <= request.offset <= size:
        words = f"the message has {size} octets"
        return Denied("bad_value", "offset", words, "give a place in it")
    length = min(PIECE_OCTETS, size - request.offset)
    octets = bytes(body.read(skip + request.offset, length)) if length else b""
    return MessagePiece(octets, size)


def _row(entry: QueueEntry, place: int, now: float, *, is_dead: bool) -> RecipientView:
    target = entry.targets[place - 1]
    return RecipientView(
        entry_id=f"{entry.number}.{place}",
        recipient=target.address,
        state=state_of(target),
        tries=target.state.attempts,
        next_try_at=next_try_of(target, now) if target.stage.is_waiting else 0.0,
        tried_since=target.tried_since,
        status=target.state.status,
        last_reply=last_reply_of(target),
        host=target.state.host,
        notify=target.recipient.notify,
        original=target.recipient.original,
        failed_at=target.state.due_ms / 1000 if is_dead else 0.0,
    )


def _wishes(envelope: Envelope) -> WishesView:
    wishes = envelope.wishes or Wishes()
    return WishesView(
        envelope_id=wishes.envelope_id,
        returns=wishes.returns,
        hold_until=wishes.hold_until_ms / 1000,
        deliver_by=wishes.deliver_by_ms / 1000,
        by_mode=wishes.by_mode,
        priority=wishes.priority,
        require_tls=wishes.require_tls,
    )
