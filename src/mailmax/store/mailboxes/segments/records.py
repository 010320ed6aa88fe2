"""The records of a mailbox's log: values, and each as a payload.

Theory:
    The first octet of a payload is its kind; numbers are little-endian. A mailbox is
    the fold of its records over its snapshot. FLAGS and GONE name many messages at
    once; what they mean follows from the records before them, because all are written
    under the user's lock.

See Also:
    `frames`, for how payloads lie in the file.
"""

import struct
from array import array
from collections.abc import Callable

import msgspec

from mailmax.base.envelope import Origin

ADD, FLAGS, GONE, CEILING, NEXT, RECENT = range(1, 7)
MOVED, DELETED, STEP, SWITCH, RENDERED, PROVEN = range(7, 13)
"""13 is `frames.TOGETHER`."""
FILED = 14

_ADD = struct.Struct("<BBHIQqIIQQI16sQ")
_FLAGS = struct.Struct("<BBBxHHIQ")
_GONE = struct.Struct("<B3xIQ")
_CEILING = struct.Struct("<B3xIQI")
_NEXT = struct.Struct("<B3xIQ")
_RECENT = struct.Struct("<B3xI")
_MOVED = struct.Struct("<BB2xI")
_SWITCH = struct.Struct("<B3xI")
_PROVEN = struct.Struct("<B3xIQ")
_NO_JOURNAL = bytes(16)

Octets = bytes | memoryview


class Add(msgspec.Struct, gc=False):
    """A message came."""

    uid: int
    modseq: int
    flags: int
    date: int
    size: int
    crc: int
    place: int
    fragment: int
    fragment_size: int
    origin: Origin | None = None
    keywords: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Return the payload."""
        origin = self.origin
        words = b"\0".join([word.encode() for word in self.keywords])
        head = _ADD.pack(
            ADD,
            self.flags,
            len(words),
            self.uid,
            self.modseq,
            self.date,
            self.size,
            self.crc,
            self.place,
            self.fragment,
            self.fragment_size,
            origin.journal if origin else _NO_JOURNAL,
            origin.number if origin else 0,
        )
        return head + words if words else head


class Flags(msgspec.Struct):
    """Flags changed: added, removed or replaced."""

    modseq: int
    mode: str
    flags: int
    keywords: tuple[str, ...]
    uids: "array[int]"

    def encode(self) -> bytes:
        """Return the payload."""
        words = b"\0".join([word.encode() for word in self.keywords])
        head = _FLAGS.pack(
            FLAGS,
            ord(self.mode),
            self.flags,
            len(words),
            len(self.keywords),
            len(self.uids),
            self.modseq,
        )
        return head + words + self.uids.tobytes()


class Gone(msgspec.Struct):
    """Messages went."""

    modseq: int
    uids: "array[int]"

    def encode(self) -> bytes:
        """Return the payload."""
        return _GONE.pack(GONE, len(self.uids), self.modseq) + self.uids.tobytes()


class Ceiling(msgspec.Struct, frozen=True):
    """No UID or mod-sequence above these was ever given."""

    uid: int
    modseq: int
    cuts: int
    """Power cuts that this node had seen when it was written."""

    def encode(self) -> bytes:
        """Return the payload."""
        return _CEILING.pack(CEILING, self.uid, self.modseq, self.cuts)


class Next(msgspec.Struct, frozen=True):
    """UIDs and mod-sequences go on from here: some may have been lost."""

    uid: int
    modseq: int

    def encode(self) -> bytes:
        """Return the payload."""
        return _NEXT.pack(NEXT, self.uid, self.modseq)


class Recent(msgspec.Struct, frozen=True):
    r"""UIDs from here on are \Recent."""

    uid: int

    def encode(self) -> bytes:
        """Return the payload."""
        return _RECENT.pack(RECENT, self.uid)


class Moved(msgspec.Struct):
    """Bodies or fragments lie elsewhere now; places sorted by the old one."""

    fragments: bool
    old: "array[int]"
    new: "array[int]"

    def encode(self) -> bytes:
        """Return the payload."""
        head = _MOVED.pack(MOVED, self.fragments, len(self.old))
        return head + self.old.tobytes() + self.new.tobytes()


class Rendered(msgspec.Struct):
    """Fragments were made anew by a later renderer."""

    uids: "array[int]"
    places: "array[int]"
    sizes: "array[int]"

    def encode(self) -> bytes:
        """Return the payload."""
        head = _GONE.pack(RENDERED, len(self.uids), 0)
        return b"".join(
            (head, self.places.tobytes(), self.uids.tobytes(), self.sizes.tobytes())
        )


class Deleted(msgspec.Struct, frozen=True):
    """The mailbox was deleted."""

    def encode(self) -> bytes:
        """Return the payload."""
        return bytes([DELETED])


class Steps(msgspec.Struct, frozen=True):
    """Steps of the list of mailboxes (`names.Step`) that belong together."""

    octets: bytes

    def encode(self) -> bytes:
        """Return the payload."""
        return bytes([STEP]) + self.octets


class Switch(msgspec.Struct, frozen=True):
    """This file ends here; the next generation goes on."""

    generation: int

    def encode(self) -> bytes:
        """Return the payload."""
        return _SWITCH.pack(SWITCH, self.generation)


class Proven(msgspec.Struct, frozen=True):
    """The octets of every message up to a mod-sequence are known to be durable."""

    modseq: int
    cuts: int
    """Power cuts after which this mailbox was looked at (`unproven`)."""

    def encode(self) -> bytes:
        """Return the payload."""
        return _PROVEN.pack(PROVEN, self.cuts, self.modseq)


class Filed(msgspec.Struct, frozen=True):
    """The octets of every message with an origin below a UID are durable."""

    uid: int

    def encode(self) -> bytes:
        """Return the payload."""
        return _RECENT.pack(FILED, self.uid)


Record = (
    Add
    | Flags
    | Gone
    | Ceiling
    | Next
    | Recent
    | Moved
    | Rendered
    | Deleted
    | Steps
    | Switch
    | Proven
    | Filed
)


def decode_payload(payload: memoryview) -> Record:
    """Return what `encode` of a record made.

    Raises:
        KeyError: There is no such kind.
        struct.error, ValueError: It is none of its kind.
    """
    return _DECODERS[payload[0]](payload)


def _words(octets: Octets) -> tuple[str, ...]:
    return tuple(word.decode() for word in bytes(octets).split(b"\0")) if octets else ()


def _numbers(code: str, octets: Octets) -> "array[int]":
    numbers: array[int] = array(code)
    numbers.frombytes(octets)
    return numbers


def _add(payload: memoryview) -> Add:
    (_, flags, words, uid, modseq, date, size, crc, place, fragment, fragment_size,
     journal, number) = _ADD.unpack_from(payload)  # fmt: skip
    return Add(
        uid,
        modseq,
        flags,
        date,
        size,
        crc,
        place,
        fragment,
        fragment_size,
        Origin(journal, number) if journal != _NO_JOURNAL else None,
        _words(payload[_ADD.size :]) if words else (),
    )


def _flags(payload: memoryview) -> Flags:
    _, mode, flags, words, _, count, modseq = _FLAGS.unpack_from(payload)
    start = _FLAGS.size + words
    uids = _numbers("I", payload[start : start + 4 * count])
    return Flags(modseq, chr(mode), flags, _words(payload[_FLAGS.size : start]), uids)


def _gone(payload: memoryview) -> Gone:
    _, count, modseq = _GONE.unpack_from(payload)
    return Gone(modseq, _numbers("I", payload[_GONE.size : _GONE.size + 4 * count]))


def _ceiling(payload: memoryview) -> Ceiling:
    return Ceiling(*_CEILING.unpack_from(payload)[1:])


def _next(payload: memoryview) -> Next:
    return Next(*_NEXT.unpack_from(payload)[1:])


def _recent(payload: memoryview) -> Recent:
    return Recent(_RECENT.unpack_from(payload)[1])


def _moved(payload: memoryview) -> Moved:
    _, fragments, count = _MOVED.unpack_from(payload)
    middle = _MOVED.size + 8 * count
    return Moved(
        bool(fragments),
        _numbers("Q", payload[_MOVED.size : middle]),
        _numbers("Q", payload[middle : middle + 8 * count]),
    )


def _rendered(payload: memoryview) -> Rendered:
    _, count, _ = _GONE.unpack_from(payload)
    uids = _GONE.size + 8 * count
    sizes = uids + 4 * count
    return Rendered(
        _numbers("I", payload[uids:sizes]),
        _numbers("Q", payload[_GONE.size : uids]),
        _numbers("I", payload[sizes : sizes + 4 * count]),
    )


def _deleted(_payload: memoryview) -> Deleted:
    return Deleted()


def _step(payload: memoryview) -> Steps:
    return Steps(bytes(payload[1:]))


def _switch(payload: memoryview) -> Switch:
    return Switch(_SWITCH.unpack_from(payload)[1])


def _proven(payload: memoryview) -> Proven:
    _, cuts, modseq = _PROVEN.unpack_from(payload)
    return Proven(modseq, cuts)


def _filed(payload: memoryview) -> Filed:
    return Filed(_RECENT.unpack_from(payload)[1])


_DECODERS: dict[int, Callable[[memoryview], Record]] = {
    ADD: _add,
    FLAGS: _flags,
    GONE: _gone,
    CEILING: _ceiling,
    NEXT: _next,
    RECENT: _recent,
    MOVED: _moved,
    RENDERED: _rendered,
    PROVEN: _proven,
    FILED: _filed,
    DELETED: _deleted,
    STEP: _step,
    SWITCH: _switch,
}
