"""A message's body while it arrives: in memory first, aside when it is large.

Theory:
    Chunks are kept as they come. Above 256 KiB they go to a `BigBody` of the spool,
    a block at a time and in a thread, so that a slow disk holds up this client only.
    A body that turns out to be too large, or that cannot be kept, is dropped at once;
    what still comes of it is counted and forgotten.

Limits:
    256 KiB in memory (DESIGN 3.3), blocks of as much: a hundred large messages at once
    weigh less than a hundred MiB (TRUST M4). Small chunks are put together, so that a
    message sent octet by octet costs no more than another (TRUST A6).
"""

import asyncio

from mailmax.base.address import Address
from mailmax.base.errors import Failure
from mailmax.base.units import KIB
from mailmax.smtpmax.authors import authors_of
from mailmax.smtpmax.received import has_too_many_hops
from mailmax.store.spool.port import BigBody, SpoolWriter

IN_MEMORY_OCTETS = 256 * KIB
BLOCK_OCTETS = 256 * KIB
_MANY_CHUNKS = 64


class Body:
    """What has come of one message."""

    __slots__ = (
        "_hop_limit",
        "_limit",
        "_reads_authors",
        "_spool",
        "_writing",
        "authors",
        "big",
        "chunks",
        "failure",
        "head",
        "loops",
        "size",
    )

    def __init__(
        self,
        spool: SpoolWriter,
        head: bytes,
        limit: int,
        hop_limit: int,
        *,
        reads_authors: bool = False,
    ) -> None:
        """Begin.

        Args:
            spool: Where a large body goes.
            head: Our own lines, in front of the content.
            limit: Octets of content that are kept.
            hop_limit: Received fields before it is taken for a loop.
            reads_authors: `authors` is asked for.
        """
        self._hop_limit = hop_limit
        self._spool = spool
        self._limit = limit
        self.head = head
        self.chunks: list[bytes] = [head]
        self.big: BigBody | None = None
        self.failure: Failure | None = None
        self._writing: asyncio.Future[None] | None = None
        self.size = 0
        """Octets of content so far."""
        self.loops = False
        """It was through too many hosts; known once `finish` returned."""
        self._reads_authors = reads_authors
        self.authors: tuple[Address, ...] = ()
        """Who it says it is from; known once `finish` returned."""

    @property
    def is_too_large(self) -> bool:
        """The content went beyond the limit."""
        return self.size > self._limit

    @property
    def octets(self) -> int:
        """Octets of the body, our own lines included."""
        return self.size + len(self.head)

    def add(self, content: bytes) -> bool:
        """Take content; True when `flush` must be awaited before the next."""
        self.size += len(content)
        if self.size > self._limit or self.failure is not None:
            self.discard()
            return False
        self.chunks.append(content)
        if len(self.chunks) > _MANY_CHUNKS:
            self.chunks = [b"".join(self.chunks)]
        if self.big is None:
            return self.size > IN_MEMORY_OCTETS
        return len(self.chunks) >= _MANY_CHUNKS or (
            sum(map(len, self.chunks)) >= BLOCK_OCTETS
        )

    async def flush(self) -> None:
        """Write what is in memory aside."""
        block = b"".join(self.chunks)
        self.chunks = []
        if self.big is None:
            self._look_at([block])
        loop = asyncio.get_running_loop()
        self._writing = loop.run_in_executor(None, self._write, block)
        try:
            # Shielded: the thread goes on when the client leaves; `discard` waits.
            await asyncio.shield(self._writing)
        except Failure as failure:
            self.failure = failure
            self.discard()

    def _write(self, block: bytes) -> None:
        """Write a block; runs in a thread, one at a time for each body."""
        if self.big is None:
            self.big = self._spool.open_big()
        self.big.write(block)

    def finish(self) -> bool:
        """Look at what is in memory; True when a last `flush` must be awaited."""
        if self.big is not None:
            return bool(self.chunks)
        if self.chunks:
            self._look_at(self.chunks)
        return False

    async def whole(self) -> bytes:
        """Return all that has come, our own lines included.

        Raises:
            TemporaryFailure: It cannot be read.
        """
        big, rest = self.big, b"".join(self.chunks)
        return rest if big is None else await asyncio.to_thread(big.read) + rest

    def _look_at(self, chunks: list[bytes]) -> None:
        """Look at the header, as far as it is in memory."""
        self.loops = has_too_many_hops(chunks, self._hop_limit)
        if self._reads_authors:
            self.authors = authors_of(chunks)

    def discard(self) -> None:
        """Let go of everything, as soon as no thread writes to it any more."""
        self.chunks = []
        writing = self._writing
        if writing is not None and not writing.done():
            writing.add_done_callback(self._discard_after)
        else:
            self._discard_big()

    def _discard_after(self, written: "asyncio.Future[None]") -> None:
        if not written.cancelled():
            written.exception()  # nobody else will ask
        self._discard_big()

    def _discard_big(self) -> None:
        big, self.big = self.big, None
        if big is not None:
            big.discard()
