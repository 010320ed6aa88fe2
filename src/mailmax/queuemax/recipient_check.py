"""Does the server that mail is for take a recipient? It is asked before mail is taken.

Theory:
    SMTPMax asks for a recipient of a backup or relay domain that checks them. By the
    way that its mail would take the best server that answers is told MAIL FROM:<> and
    RCPT TO, and no more; `policy.recipient_check` says what its answer means::

        found     when                                           kept for
        taken     2yz to RCPT                                    an hour
        refused   there is no such recipient                     two minutes
        unsure    any other answer to RCPT                       half a minute
        unsure    nobody talks to us, or MAIL is refused         a minute: the host
        unsure    no time left, or too many questions            nothing

    What comes too late for who asked is kept for who asks next.

Rules:
    Nobody learns more here, or faster, than by asking that server: a host is asked
    little at a time (TRUST B3). Whatever goes wrong, mail is taken.

Limits:
    4 s for who asks, 20 s for a question. A host has 4 questions at once, 50 that
    wait, and 5 a second after the first 50. 20,000 answers, 1,000 hosts are known.

Standards:
    RFC 5321 §3.3, §4.5.5 (the null reverse-path); RFC 2033.

Manual: 6.1; DECISIONS 19.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.recipients import CheckRecipient, Found, RecipientChecked
from mailmax.net.dns.cache import TtlCache
from mailmax.policy.offers import spell_address
from mailmax.policy.outcome import Outcome, Result, judge_rcpt, transient
from mailmax.policy.recipient_check import (
    CHECKED_KINDS,
    TokenBucket,
    refuses_recipient,
)
from mailmax.policy.routing import Destination
from mailmax.queuemax.attempt import Opener, Opening
from mailmax.queuemax.peers import TimeLimits
from mailmax.queuemax.ports import Tables
from mailmax.queuemax.sent import Unanswered
from mailmax.queuemax.session import RemoteSession
from mailmax.queuemax.ways import Ways
from mailmax.store.queue.entry import Trouble
from mailmax.wire.smtp.asking import Asked
from mailmax.wire.smtp.client import Verb

PATIENCE_S: Final = 4.0
LONGEST_S: Final = 20.0
AT_ONCE: Final = 4
WAITING: Final = 50
BURST: Final = 50
PER_S: Final = 5.0
HOSTS: Final = 1_000
KEEP_S: Final[dict[Found, float]] = {
    "taken": 3_600.0,
    "refused": 120.0,
    "unsure": 30.0,
}
AWAY_S: Final = 60.0
_QUICK: Final = TimeLimits(connect_s=3.0, command_s=3.0, quit_s=1.0)
_UNSURE: Final = RecipientChecked("unsure")

_log = logging.getLogger("queuemax")

_Key = tuple[Destination, str]


class _Place:
    """What is known of one destination."""

    def __init__(self) -> None:
        self.slots = asyncio.Semaphore(AT_ONCE)
        self.allowance = TokenBucket(BURST, PER_S)
        self.asked = 0
        """Questions that wait or are under way."""
        self.away_until = float("-inf")

    def may_ask(self, now: float) -> bool:
        """Tell whether one more question may be asked; if so it is counted."""
        return (
            now >= self.away_until
            and self.asked < AT_ONCE + WAITING
            and self.allowance.take(now)
        )


class RecipientCheck:
    """Answers what SMTPMax asks."""

    def __init__(
        self, tables: Tables, ways: Ways, opener: Callable[[], Opener]
    ) -> None:
        """Ask nothing yet, on the running loop.

        Args:
            tables: Domains of ours.
            ways: Tells where their mail goes.
            opener: Gives who opens sessions now.
        """
        self._tables = tables
        self._ways = ways
        self._opener = opener
        self._loop = asyncio.get_running_loop()
        self._known: TtlCache[_Key, tuple[Found, float]] = TtlCache()
        """What was found, and until when that is good."""
        self._places: OrderedDict[Destination, _Place] = OrderedDict()
        self._asking: dict[_Key, asyncio.Task[RecipientChecked]] = {}

    async def answer(self, request: CheckRecipient) -> RecipientChecked | Denied:
        """Say what is known of a recipient, or find it out."""
        way = self._find_way(request.address)
        if isinstance(way, Denied):
            return way
        if way is None:
            return _UNSURE
        key = way, request.address
        now = self._loop.time()
        known = self._known.find(key, now)
        if known is not None:
            found, until = known
            return RecipientChecked(found, until - now)
        task = self._asking.get(key) or self._begin(key)
        if task is None:
            return _UNSURE
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await asyncio.shield(task)
        except TimeoutError:
            return _UNSURE

    async def stop(self) -> None:
        """Ask no more."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _find_way(self, address: str) -> Destination | Denied | None:
        """Return where mail for an address goes; None: nowhere just now."""
        domain = address.rpartition("@")[2].lower()
        row = self._tables.domain(domain)
        if row is None or row.kind not in CHECKED_KINDS or not row.recipient_check:
            return Denied(
                "not_found", "address", f"recipients of {domain} are not checked"
            )
        way = self._ways.find(domain, "")
        return way if isinstance(way, Destination) else None

    def _begin(self, key: _Key) -> "asyncio.Task[RecipientChecked] | None":
        """Begin to ask; None: not now."""
        place = self._place(key[0])
        if not place.may_ask(self._loop.time()):
            return None
        task = self._loop.create_task(self._ask(key, place))
        place.asked += 1
        self._asking[key] = task
        task.add_done_callback(lambda _: self._ended(key, place))
        return task

    def _ended(self, key: _Key, place: _Place) -> None:
        place.asked -= 1
        self._asking.pop(key, None)

    def _place(self, way: Destination) -> _Place:
        place = self._places.get(way)
        if place is None:
            place = self._places[way] = _Place()
            if len(self._places) > HOSTS:
                self._places.popitem(last=False)
        self._places.move_to_end(way)
        return place

    async def _ask(self, key: _Key, place: _Place) -> RecipientChecked:
        async with place.slots:
            if self._loop.time() < place.away_until:
                return _UNSURE
            outcome = await self._converse(*key)
        now = self._loop.time()
        if outcome is None:
            place.away_until = now + AWAY_S
            return _UNSURE
        found: Found = "unsure"
        if outcome.result is Result.DELIVERED:
            found = "taken"
        elif refuses_recipient(outcome):
            found = "refused"
        keep_s = KEEP_S[found]
        self._known.keep(key, (found, now + keep_s), now + keep_s)
        return RecipientChecked(found, keep_s)

    async def _converse(self, way: Destination, address: str) -> Outcome | None:
        """Return the answer to RCPT; None: nobody is there to be asked."""
        usual = self._opener()
        opener = replace(usual, me=replace(usual.me, limits=_QUICK))
        try:
            async with asyncio.timeout(LONGEST_S):
                session = await opener.open(way, Opening(Trouble()))
                if isinstance(session, Outcome):
                    return None
                try:
                    outcome = await _ask_server(session, address)
                    await session.quit()
                finally:
                    session.abort()
                return outcome
        except TimeoutError:
            return None
        except Exception:  # noqa: BLE001 - one bug, one question
            _log.exception("asking %s for a recipient failed", way)
            return None


async def _ask_server(session: RemoteSession, address: str) -> Outcome | None:
    """Return the answer to RCPT; None: it came to nothing before."""
    machine = session.machine
    path = spell_address(address, machine.offers)
    if isinstance(path, Outcome):
        return transient("4.1.3", path.text)  # which mail may find out, too
    machine.mail("", Asked(smtputf8=not path.isascii()))
    machine.rcpt(path)
    try:
        reply = await session.answer(Verb.MAIL)
        if reply.code >= 300 or not session.is_usable:
            return None
        reply = await session.answer(Verb.RCPT)
    except Unanswered:
        return None
    return judge_rcpt(reply.code, reply.lines, session.host.name)
