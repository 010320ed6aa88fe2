"""The hub's desk for test messages: written, handed to the filer, and looked for.

Theory:
    Who may send whom one is the web's to decide, as for all that is a user's. The hub
    writes it, and remembers every octet: that is what is looked for, and all that is
    ever shown of a mailbox (`hub.contract.probes`).

    It is looked for from the moment in which the filer has it, whoever asks, so that
    the time it took is that of the mail and not of a page.

Rules:
    What a session would refuse (a disabled user, a suspended domain, a full box) is
    refused here.

Manual: 1.4.
"""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from mailmax.base.errors import Failure
from mailmax.datamax import users
from mailmax.datamax.desk import Answers
from mailmax.datamax.domain_names import DomainNames
from mailmax.datamax.relay_desk import RelayDesk
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.contract.probes import (
    MOST_PATIENCE_MS,
    AskProbe,
    PostProbe,
    Probe,
    ProbeSeen,
    ProbeSent,
    ProbeTaken,
    SeekProbe,
    SendProbe,
)
from mailmax.message.probe import Letter, message_id, write
from mailmax.policy.copies import CopyBudget
from mailmax.policy.recipients import address_of_postmaster
from mailmax.store.accounts.database import Database

WINDOW_S: Final = 60.0
MOST: Final = 60
MOST_A_USER: Final = 10
"""A person clicks; nobody's box is filled."""
MOST_USERS: Final = 1_000
"""Whose messages are counted."""
MOST_KEPT: Final = 500
KEPT_S: Final = 3600.0

_FILER: Final = ("filer", "the filer")


@dataclass(frozen=True, slots=True)
class About:
    """What the system says of itself."""

    settings: Mapping[str, Any]
    """As they are now."""
    name: Callable[[], str]
    """What it is called."""
    own_name: Callable[[], Awaitable[str]]
    """What the name service calls this computer."""

    async def hostname(self) -> str:
        """Return what it calls itself in mail."""
        return self.settings["hostname"] or await self.own_name()

    def postmaster(self, domain: str) -> str:
        """Return the system's postmaster, or that of a domain where it has none."""
        default = self.settings["default_domain"] or domain
        return str(address_of_postmaster(self.settings["postmaster"], default))


@dataclass(slots=True)
class _Kept:
    probe: Probe
    begun: float
    """When the filer had it; of a clock that never goes back."""
    watch: asyncio.Task[None] | None = None
    look: asyncio.Task[Message] | None = None
    """Of all who ask at the same time: one costs the filer all mailboxes of a user."""
    took_ms: int = -1
    """Until it was there; -1: it was not seen yet."""


class ProbeDesk:
    """Answers administrators."""

    def __init__(
        self, database: Database, relays: RelayDesk, domains: DomainNames, about: About
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._relays = relays
        self._domains = domains
        self._about = about
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._budget = CopyBudget(MOST, WINDOW_S)
        self._budgets: OrderedDict[int, CopyBudget] = OrderedDict()
        """Of users; who was asked for last stands last."""

    def answers(self) -> Answers:
        """Return who answers what."""
        return {SendProbe: self._send, AskProbe: self._ask}

    async def stop(self) -> None:
        """Look for nothing more."""
        both = [task for one in self._kept.values() for task in (one.watch, one.look)]
        running = [task for task in both if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _send(self, request: SendProbe) -> Message:
        user = await self._database.read(users.find, request.address)
        if isinstance(user, Denied):
            return user
        refused = self._refused(user.id, user.address, user.kind)
        if refused is not None:
            return refused
        now = time.time()
        probe_id = secrets.token_hex(16)
        domain = user.address.rpartition("@")[2]
        letter = Letter(
            to=user.address,
            sender=self._about.postmaster(domain),
            host=await self._about.hostname(),
            system=self._about.name(),
            token=probe_id,
            at_s=int(now),
            language=request.language,
        )
        probe = Probe(user.id, write(letter), int(now * 1000))
        begun = time.monotonic()
        answer = await self._relays.pass_on(*_FILER, PostProbe(probe))
        if not isinstance(answer, ProbeTaken):
            return answer
        self._keep(probe_id, _Kept(probe, begun))
        return ProbeSent(probe_id, message_id(letter), now)

    def _refused(self, user_id: int, address: str, kind: str) -> Denied | None:
        if kind == "disabled":
            cure = "enable the user first"
            return Denied("conflict", "address", "the user is disabled", cure)
        if self._domains.is_suspended(address, "smtp"):
            why = "mail for the domain is suspended"
            return Denied("conflict", "address", why, "let the domain receive again")
        now = time.monotonic()
        mine = self._budgets.setdefault(user_id, CopyBudget(MOST_A_USER, WINDOW_S))
        self._budgets.move_to_end(user_id)
        if len(self._budgets) > MOST_USERS:
            self._budgets.popitem(last=False)
        if mine.grant(now) and self._budget.grant(now):
            return None
        why = "there were too many test messages in this minute"
        return Denied("later", "", why, "wait for a minute")

    def _keep(self, probe_id: str, kept: _Kept) -> None:
        while self._kept:
            oldest = next(iter(self._kept.values()))
            is_old = kept.begun - oldest.begun > KEPT_S
            if not is_old and len(self._kept) < MOST_KEPT:
                break
            self._kept.popitem(last=False)
        self._kept[probe_id] = kept
        kept.watch = asyncio.get_running_loop().create_task(self._watch(kept))

    async def _watch(self, kept: _Kept) -> None:
        try:
            seek = SeekProbe(kept.probe, MOST_PATIENCE_MS)
            self._note(kept, await self._relays.pass_on(*_FILER, seek))
        except Failure:
            return  # whoever asks is told

    def _note(self, kept: _Kept, seen: Message) -> None:
        is_there = isinstance(seen, ProbeSeen) and seen.state == "delivered"
        if is_there and kept.took_ms < 0:
            kept.took_ms = max(1, round((time.monotonic() - kept.begun) * 1000))

    async def _ask(self, request: AskProbe) -> Message:
        user = await self._database.read(users.find, request.address)
        if isinstance(user, Denied):
            return user
        kept = self._kept.get(request.probe_id)
        if kept is None or kept.probe.user_id != user.id:
            why = "this test message is not known, or not any more"
            return Denied("not_found", "probe_id", why, "send another one")
        patience_s = min(max(0, request.patience_ms), MOST_PATIENCE_MS) / 1000
        if kept.watch is not None and patience_s:
            await asyncio.wait((kept.watch,), timeout=patience_s)
        if kept.look is None or kept.look.done():
            look = self._relays.pass_on(*_FILER, SeekProbe(kept.probe))
            kept.look = asyncio.get_running_loop().create_task(look)
        seen = await asyncio.shield(kept.look)
        if not isinstance(seen, ProbeSeen):
            return seen
        self._note(kept, seen)
        return self._in_full(kept, seen)

    def _in_full(self, kept: _Kept, seen: ProbeSeen) -> ProbeSeen:
        """Add what the filer does not know."""
        if seen.state == "delivered":
            return replace(seen, took_ms=kept.took_ms)
        if kept.took_ms >= 0:
            return ProbeSeen("removed", took_ms=kept.took_ms)
        if not seen.reason and not self._relays.is_here("queuemax"):
            return replace(seen, reason="queue")
        return seen
