"""The origins a mailbox remembers, to know a replayed delivery again (TRUST D5).

Theory:
    Only who delivers asks: until somebody does, all origins stay packed, those of a
    snapshot and those that are added, 28 octets each. A process that only reads
    mailboxes never unpacks them.

Limits:
    16,384 origins, the oldest are forgotten: who delivers takes no more than a
    quarter of that between two checkpoints.
"""

import struct
from itertools import islice

from mailmax.base.envelope import Origin
from mailmax.store.mailboxes.delivery import ORIGINS

_ONE = struct.Struct("<16sQI")


class Origins:
    """Origin to UID; also of messages that were removed since."""

    __slots__ = ("_known", "_packed")

    def __init__(self, packed: bytes | bytearray = b"") -> None:
        self._packed = bytearray(packed)
        self._known: dict[Origin, int] | None = None
        """None until somebody asks; from then on instead of `_packed`."""

    def find(self, origin: Origin) -> int:
        """Return the UID that was given to it, or 0."""
        if self._known is None:
            self._known = {
                Origin(journal, number): uid
                for journal, number, uid in _ONE.iter_unpack(self._packed)
            }
            self._packed = bytearray()
        return self._known.get(origin, 0)

    def add(self, origin: Origin, uid: int) -> None:
        """Remember one."""
        known = self._known
        if known is None:
            self._packed += _ONE.pack(origin.journal, origin.number, uid)
            if len(self._packed) > 2 * ORIGINS * _ONE.size:
                del self._packed[: -ORIGINS * _ONE.size]
            return
        known[origin] = uid
        if len(known) > 2 * ORIGINS:
            self._known = dict(islice(known.items(), len(known) - ORIGINS, None))

    def pack(self) -> bytes:
        """Return the newest ones as octets."""
        if self._known is None:
            whole = bytes(self._packed)
        else:
            whole = b"".join(
                _ONE.pack(origin.journal, origin.number, uid)
                for origin, uid in self._known.items()
            )
        return whole[max(0, len(whole) - ORIGINS * _ONE.size) :]

    def copy(self) -> "Origins":
        """Return one that may go its own way."""
        twin = Origins(self._packed)
        if self._known is not None:
            twin._known = dict(self._known)
        return twin
