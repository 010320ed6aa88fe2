"""One DNS block list: asked about clients as long as it can be believed.

Theory:
    A list must list the test address and not list 127.0.0.1; that is asked before it
    is first used and every hour. While it fails it is out of use and tried again
    after some minutes; a list that is silent is left alone for a minute, so that a
    dead one costs few clients a wait (TRUST M8).

Rules:
    Silence, of a list or of the DNS, is never a listing.

Standards:
    RFC 5782 §2.1, §2.3, §5.

Manual: 4.2.
"""

import asyncio
import logging
import time
from collections.abc import Callable

import msgspec

from mailmax.base.dns import Resolver
from mailmax.base.errors import TemporaryFailure
from mailmax.hub.contract.block_lists import (
    BlockListState,
    BlockListVerdict,
    ListState,
    Verdict,
)
from mailmax.policy import dnsbl

SOUND_S = 3600.0
UNSOUND_S = 300.0
SILENT_S = 60.0

_log = logging.getLogger("smtpmax")


class BlockList:
    """A zone, and how far it is believed."""

    def __init__(
        self, entry: str, resolver: Resolver, on_change: Callable[[], None]
    ) -> None:
        """Believe nothing yet.

        Args:
            entry: As it is set; up to the ``@`` it is where addresses are looked up.
            resolver: Who is asked.
            on_change: Called when it comes into use or goes out of it.
        """
        self.zone = entry.partition("@")[0]
        self._told = BlockListState(entry)
        self._on_change = on_change
        self._asked = self._listed = self._silent = 0
        self._resolver = resolver
        self._test: asyncio.Task[None] | None = None
        self._test_again_at = float("-inf")

    async def reason_against(self, peer: str, patience_s: float) -> str | None:
        """Return the list's words when it lists a client; wait a bounded time.

        Args:
            peer: The client's IP address.
            patience_s: How long to wait.
        """
        try:
            async with asyncio.timeout(patience_s):
                return await self._ask(peer)
        except (TimeoutError, TemporaryFailure):
            self._silent += 1
            self._conclude("it does not answer", SILENT_S)
            return None

    async def try_out(self, address: str, patience_s: float) -> BlockListVerdict:
        """Return what the list says of an address; it is no client, so not counted.

        Args:
            address: IP address.
            patience_s: How long to wait.
        """
        begun = time.perf_counter()
        verdict: Verdict = "silent"
        words: str | None = ""
        try:
            async with asyncio.timeout(patience_s):
                await self._be_tested()
                if self._told.state == "disabled":
                    verdict, words = "disabled", self._told.why
                else:
                    name = dnsbl.question(address, self.zone)
                    words = None if name is None else await self._words_on(name)
                    verdict = "free" if words is None else "listed"
        except (TimeoutError, TemporaryFailure):
            pass
        seconds = time.perf_counter() - begun
        return BlockListVerdict(self._told.entry, verdict, words or "", seconds)

    @property
    def state(self) -> BlockListState:
        """How it is, for administrators."""
        return msgspec.structs.replace(
            self._told, asked=self._asked, listed=self._listed, silent=self._silent
        )

    def close(self) -> None:
        """Ask no more."""
        if self._test is not None:
            self._test.cancel()

    async def _ask(self, peer: str) -> str | None:
        await self._be_tested()
        name = dnsbl.question(peer, self.zone)
        if self._told.state != "used" or name is None:
            return None
        self._asked += 1
        words = await self._words_on(name)
        if words is not None:
            self._listed += 1
        return words

    async def _words_on(self, name: str) -> str | None:
        """Look a name up; return the list's words, None where it is not listed."""
        answer = await self._resolver.a(name)
        if not dnsbl.is_listing(answer.records):
            return None
        try:
            texts = (await self._resolver.txt(name)).records
        except TemporaryFailure:
            texts = ()
        return dnsbl.reason(self.zone, texts)

    async def _be_tested(self) -> None:
        """Have the test made when it is due; whoever comes meanwhile joins it."""
        loop = asyncio.get_running_loop()
        if self._test is None:
            if loop.time() < self._test_again_at:
                return
            self._test = loop.create_task(self._try_out())
            self._test.add_done_callback(self._tested)
        await asyncio.shield(self._test)

    def _tested(self, done: "asyncio.Task[None]") -> None:
        self._test = None
        if not done.cancelled():
            done.exception()  # whoever waited has been told

    async def _try_out(self) -> None:
        listed, free = [
            (await self._resolver.a(name)).records for name in dnsbl.probes(self.zone)
        ]
        trouble = dnsbl.trouble_of(listed, free)
        self._conclude(trouble, UNSOUND_S if trouble else SOUND_S)

    def _conclude(self, trouble: str, good_for_s: float) -> None:
        self._test_again_at = asyncio.get_running_loop().time() + good_for_s
        before = self._told
        state: ListState = "disabled" if trouble else "used"
        if (before.state, before.why) == (state, trouble):
            return
        since = before.since if before.state == state else time.time()
        self._told = BlockListState(before.entry, state, trouble, since)
        if trouble:
            _log.warning("the block list %s is not used: %s", self.zone, trouble)
        elif before.state == "disabled":
            _log.info("the block list %s is used again", self.zone)
        self._on_change()
