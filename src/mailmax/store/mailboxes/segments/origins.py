"""The origins a mailbox remembers, to know a replayed delivery again (TRUST D5).

Theory:
    Only the filer asks, and it seldom has to: so what a snapshot holds stays packed
    until then.

Limits:
    16,384 origins, the oldest are forgotten: more than a filer delivers to one
    mailbox between two checkpoints.
"""

import struct
from itertools import islice

from mailmax.base.envelope import Origin

ORIGINS = 16_384
_ONE = struct.Struct("<16sQI")


class Origins:
    """Origin to UID; also of messages that were removed since."""

    __slots__ = ("_known", "_packed")

    def __init__(self, packed: bytes = b"") -> None:
        self._packed = packed
        self._known: dict[Origin, int] = {}

    def find(self, origin: Origin) -> int:
        """Return the UID that was given to it, or 0."""
        uid = self._known.get(origin, 0)
        if uid or not self._packed:
            return uid
        self._unpack()
        return self._known.get(origin, 0)

    def add(self, origin: Origin, uid: int) -> None:
        """Remember one."""
        known = self._known
        known[origin] = uid
        if len(known) > 2 * ORIGINS:
            self._known = dict(islice(known.items(), len(known) - ORIGINS, None))
            self._packed = b""

    def pack(self) -> bytes:
        """Return the newest ones as octets."""
        fresh = [
            _ONE.pack(origin.journal, origin.number, uid)
            for origin, uid in self._known.items()
        ]
        whole = self._packed + b"".join(fresh)
        return whole[max(0, len(whole) - ORIGINS * _ONE.size) :]

    def copy(self) -> "Origins":
        """Return one that may go its own way."""
        twin = Origins(self._packed)
        twin._known = dict(self._known)
        return twin

    def _unpack(self) -> None:
        known = {
            Origin(journal, number): uid
            for journal, number, uid in _ONE.iter_unpack(self._packed)
        }
        self._packed = b""
        known.update(self._known)
        self._known = known
