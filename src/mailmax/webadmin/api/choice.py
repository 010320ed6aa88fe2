"""Which mail of the queue, or of the dead mail, is meant: filters as selections.

Manual: 4.4.
"""

import re
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from mailmax.hub.contract.queue import MOST_IDS, Selection
from mailmax.webadmin.rest.lists import Cursor, Limit, Sort

Word = Annotated[str, msgspec.Meta(max_length=400)]
Ids = Annotated[list[Word], msgspec.Meta(max_length=MOST_IDS)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e10)]

_ID = re.compile(r"[0-9]{1,18}(\.[0-9]{1,9})?")


class Which(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom all fits that is said here; nothing said: all."""

    id: Word = ""
    """``ENTRY`` or ``ENTRY.N``."""
    destination: Word = ""
    """Domain of the recipient; ``*.domain`` for all below one."""
    sender: Word = ""
    """Address, domain, ``*.domain`` or ``*part*``; ``<>`` for the null reverse-path."""
    recipient: Word = ""
    """Address, domain, ``*.domain`` or ``*part*``: what holds that."""
    state: Word = ""
    older_than_s: Seconds = 0
    """It came longer ago than that."""


class Paging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of what has many rows."""

    limit: Limit = 100
    cursor: Cursor = ""


class MailList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the list."""

    limit: Limit = 100
    cursor: Cursor = ""
    q: Word = ""
    """An id, or part of the recipient's address; ``from:…`` of the sender's."""
    sort: Sort = ""
    filter: Which = Which()


class Meant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On whom something is done: all that is said must fit."""

    ids: Ids = []
    destination: Word = ""
    sender: Word = ""
    recipient: Word = ""
    state: Word = ""
    older_than_s: Seconds = 0
    everything: bool = False
    """Whatever there is; said alone."""


def selected(which: Which, q: str = "") -> Selection:
    """Return the selection of a list's filter and search.

    The pages read a search so, too, for acts on all that it finds (`steering.ts`).
    """
    ids, recipient, sender = which.id, which.recipient, which.sender
    words = q.strip()
    side, colon, sought = words.partition(":")
    if colon and side.lower() == "from":
        sender = sender or _holding(sought.strip())
    elif colon and side.lower() == "to":
        recipient = recipient or _holding(sought.strip())
    elif _ID.fullmatch(words):
        ids = ids or words
    else:
        recipient = recipient or _holding(words)
    return Selection(
        (ids,) if ids else (),
        which.destination,
        sender,
        recipient,
        which.state,
        which.older_than_s,
    )


def _holding(word: str) -> str:
    """Return what means all addresses with a word in them; patterns stay."""
    is_pattern = not word or word == "<>" or word.startswith("*")
    return word if is_pattern else f"*{word}*"


def order_of(sort: str) -> tuple[str, bool]:
    """Return by which column a list is sorted, and whether the last is first."""
    return sort.removeprefix("-"), sort.startswith("-")


def meant(said: Meant) -> Selection:
    """Return the selection of an order."""
    return Selection(
        tuple(said.ids),
        said.destination,
        said.sender,
        said.recipient,
        said.state,
        said.older_than_s,
        said.everything,
    )


def moment(unix_s: float) -> datetime | None:
    """Return a moment; None: there is none."""
    return datetime.fromtimestamp(unix_s, UTC) if unix_s else None
