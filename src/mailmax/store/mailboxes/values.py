"""What mailboxes are made of, and what comes of a change: values, no promises.

Standards:
    RFC 3501 §2.3 (attributes), RFC 6154 (special use).
"""

from collections.abc import Sequence
from enum import IntFlag

import msgspec

from mailmax.base.envelope import Origin
from mailmax.base.ids import FolderId, ModSeq, Uid, UidValidity


class Flag(IntFlag):
    """System flags as one octet a message (RFC 3501 §2.3.2)."""

    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DELETED = 8
    DRAFT = 16


class Folder(msgspec.Struct, frozen=True):
    """A mailbox by name."""

    folder_id: FolderId
    name: str
    """UTF-8, hierarchy by ``/``; the first one is INBOX in upper case."""
    uid_validity: UidValidity
    special_use: str = ""
    r"""``\Drafts``, ``\Sent``, ``\Junk``, ``\Trash``, ``\Archive`` or empty."""
    subscribed: bool = False
    selectable: bool = True
    r"""False: a parent that was deleted while it had children (``\Noselect``)."""


class Status(msgspec.Struct, frozen=True):
    """What STATUS answers, without opening (RFC 3501 §6.3.10)."""

    messages: int
    unseen: int
    recent: int
    uid_next: Uid
    highest_modseq: ModSeq
    size: int


class Usage(msgspec.Struct, frozen=True, array_like=True):
    """What a user's mail comes to."""

    octets: int
    messages: int


class NewMessage(msgspec.Struct):
    """A message to be put into a mailbox."""

    body: bytes | memoryview | Sequence[bytes]
    size: int
    crc: int
    """Plain CRC-32 of the body, carried from the journal (TRUST D9)."""
    fragment: bytes
    """What `message.structure.render` made of it: ENVELOPE, BODYSTRUCTURE, columns."""
    internal_date_ms: int
    flags: int = 0
    keywords: tuple[str, ...] = ()
    origin: Origin | None = None
    """Where it was promised; with the target it is the key that tells a replay (D5)."""


class Notes(msgspec.Struct):
    """What one `refresh` changed, for the views of all sessions."""

    expunged: list[int] = []
    """Positions (before the refresh), ascending."""
    expunged_uids: list[int] = []
    added: int = 0
    """Messages now at the end of the columns that were not there before."""
    changed: list[int] = []
    """Positions (after the refresh) whose flags or keywords changed."""
    reset: bool = False
    """The mailbox was replaced or is gone: forget everything."""


class Change(msgspec.Struct, frozen=True):
    """Answer to a change: what was done, and what was not."""

    modseq: ModSeq
    uids: Sequence[int] = ()
    """Messages changed, or UIDs given (in the order asked)."""
    conflicts: Sequence[int] = ()
    """UIDs left alone: because of UNCHANGEDSINCE (RFC 7162 §3.1.3); in a copy or move,
    because they are gone (the others are in `uids`, in the order asked)."""
