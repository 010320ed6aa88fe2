"""Builds the filer."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from mailmax.base.address import Address, lower_ascii
from mailmax.base.errors import TemporaryFailure
from mailmax.bootstrap.ending import end_process
from mailmax.bootstrap.member import Member
from mailmax.bootstrap.node import Node, Service, hostname_of
from mailmax.bootstrap.programs import programs_of
from mailmax.filer.allowance import Allowance
from mailmax.filer.checkpoint import Checkpoints
from mailmax.filer.hits import Hits
from mailmax.filer.probes import ProbeDesk
from mailmax.filer.program_trial import ProgramDesk
from mailmax.filer.quarantine_desk import QuarantineDesk
from mailmax.filer.service import Filer
from mailmax.filer.trying import try_rule
from mailmax.hub.client import HubClient
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import ForwardRow, ReplyRow, RuleRow, UserRow
from mailmax.hub.contract.rules import CountRuleHits, RuleHit, RuleTried, Sample
from mailmax.hub.contract.sending import CountForwards, DayOfUser, Forwarded
from mailmax.hub.contract.tables import FILER_TOPICS
from mailmax.hub.used import UsedReports
from mailmax.policy import recipients
from mailmax.policy.recipients import NoUser
from mailmax.store.journal.layout import Places
from mailmax.store.journal.tail import JournalReader
from mailmax.store.journal.writer import JournalWriter
from mailmax.store.mailboxes.segments.counted import Counted
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.quarantine import Quarantine

_READS = ("smtpmax", "queuemax")

T = TypeVar("T")


async def build(node: Node) -> Service:
    """Join the hub and put the filer together."""
    hub = node.hub("filer", FILER_TOPICS)
    await hub.start()
    paths = node.local.paths
    places = Places(paths.journal, paths.run)
    counted = Counted()
    store = SegmentStore(paths.mail, role="filer", counted=counted)
    checkpoints = Checkpoints(paths.journal / "filer.position")
    reader = JournalReader(places, _READS, checkpoints.load().position)
    outbound = JournalWriter(places, "filer")
    quarantine = Quarantine(paths.quarantine)
    tables = _Tables(hub)
    filer = Filer(
        reader,
        outbound,
        store,
        checkpoints,
        tables,
        end_process,
        quarantine=quarantine,
    )
    desk = QuarantineDesk(quarantine, filer, hub)
    probing = partial(SegmentStore, paths.mail, role="filer-probes", background=False)
    probes = ProbeDesk(filer, tables, probing, hub)
    hub.trouble = lambda: filer.trouble() or desk.trouble()
    tell = _teller(hub)
    filer.on_trouble(tell)
    desk.on_trouble(tell)
    looking = partial(SegmentStore, paths.mail, role="filer-trials", background=False)

    programs = programs_of(node.local, "filer")
    turn = asyncio.Lock()  # two looks at once would have one mark

    async def try_one(sample: Sample) -> RuleTried | Denied:
        async with turn:
            timeout_s = hub.tables.setting("program_timeout_s")
            return await try_rule(sample, looking, programs, timeout_s)

    hub.on_request(Sample, try_one)
    trials = ProgramDesk(programs, node.name)
    trials.answer(hub)
    used = UsedReports(hub, counted)
    return Member(
        hub,
        [used, _Threaded(filer), desk, probes, programs, trials],
        [reader.close, outbound.close, store.close],
    )


def _teller(hub: HubClient) -> Callable[[], None]:
    """Return what tells the hub, from any thread, that something fails or works."""
    loop = asyncio.get_running_loop()

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is over: nobody is told
            loop.call_soon_threadsafe(hub.say_presence)

    return tell


class _Threaded:
    """The filing thread as a service."""

    def __init__(self, filer: Filer) -> None:
        self._filer = filer

    async def start(self) -> None:
        """Begin to file."""
        self._filer.start()

    async def stop(self) -> None:
        """Finish the batch and checkpoint."""
        await asyncio.to_thread(self._filer.stop)


class _Tables:
    """The hub's tables, asked from the filing thread.

    The loop changes them meanwhile: "there is no such user" must not be concluded
    from half a change, so what was looked up during one is asked for again on the
    loop, between two versions. (Always asking there cost a message to a remote
    address 60 us and five switches of threads.)
    """

    def __init__(self, hub: HubClient) -> None:
        self._tables = hub.tables
        self._loop = asyncio.get_running_loop()
        self._hub = hub
        self.allowance = Allowance(self._count)
        self.hits = Hits(self._tell_hits)
        self.hostname = hostname_of(hub)

    def user_by_id(self, user_id: int) -> UserRow | None:
        """Return a user; None only when it was deleted."""
        return self._look_up(lambda: self._tables.users.by_id(user_id))

    def owner_of(self, address: Address) -> UserRow | NoUser:
        """Return whose address that is."""
        return self._look_up(lambda: self._owner_of(address))

    def forwards_of(self, user_id: int) -> ForwardRow | None:
        """Return where a user's mail goes as well."""
        return self._look_up(lambda: self._tables.forwards_of(user_id))

    def has_rules(self) -> bool:
        """Tell whether there are rules that are on."""
        return bool(self._tables.rules)

    def rules_for(self, user: UserRow) -> Sequence[Sequence[RuleRow]]:
        """Return the lists of the system, the domain and the user."""
        return self._look_up(lambda: self._tables.rules_for(user))

    def holder_of(self, address: Address) -> UserRow | None:
        """Return the user whom an address names."""
        local, domain = lower_ascii(address.local), address.domain
        find = recipients.find_named
        return self._look_up(lambda: find(self._tables, local, domain))

    def reply_of(self, user_id: int) -> ReplyRow | None:
        """Return what a user answers by itself."""
        return self._look_up(lambda: self._tables.reply_of(user_id))

    def has_monitors(self) -> bool:
        """Tell whether any domain has a monitor account."""
        return self._tables.has_monitors

    def monitor_of(self, domain: str) -> int:
        """Return the user who watches a domain."""
        row = self._look_up(lambda: self._tables.domain(domain))
        return 0 if row is None else row.monitor

    def has_notices(self) -> bool:
        """Tell whether any users are told that their boxes are nearly full."""
        return self._tables.has_notices

    def notice_for(self, domain: str) -> tuple[str, int]:
        """Return measure and threshold of the over-limit notice in a domain."""
        return self._look_up(lambda: self._tables.notice_for(domain))

    def postmaster(self) -> UserRow | None:
        """Return who gets copies of reports; None: nobody, or they are off."""
        setting = self._tables.setting
        if not self._look_up(lambda: setting("bounce_copies")):
            return None
        return self.holder_of(
            recipients.address_of_postmaster(
                self._look_up(lambda: setting("postmaster")),
                self._look_up(lambda: setting("default_domain")),
            )
        )

    def setting(self, key: str) -> Any:
        """Return a setting of the system."""
        return self._look_up(lambda: self._tables.setting(key))

    def _owner_of(self, address: Address) -> UserRow | NoUser:
        tables = self._tables
        return recipients.resolve(
            tables,
            address,
            tables.setting("default_domain"),
            tables.setting("postmaster"),
        )

    def _count(self, rows: Sequence[Forwarded]) -> Future[Sequence[DayOfUser]]:
        """Tell the hub what forwards have sent; the answer comes later."""
        return asyncio.run_coroutine_threadsafe(self._ask_for_days(rows), self._loop)

    async def _ask_for_days(self, rows: Sequence[Forwarded]) -> Sequence[DayOfUser]:
        answer = await self._hub.ask(CountForwards(tuple(rows)))
        if isinstance(answer, Denied):
            raise TemporaryFailure(str(answer))
        return answer.rows

    def _tell_hits(self, rows: Sequence[RuleHit]) -> Future[object]:
        """Tell the hub which rules have fired; the answer comes later."""
        asking = self._hub.ask(CountRuleHits(tuple(rows)))
        return asyncio.run_coroutine_threadsafe(asking, self._loop)

    def _look_up(self, look: Callable[[], T]) -> T:
        before = self._tables.turns
        found = look()
        if before % 2 == 0 and self._tables.turns == before:
            return found
        return self._on_loop(look)

    def _on_loop(self, look: Callable[[], T]) -> T:
        async def turn() -> T:
            return look()

        return asyncio.run_coroutine_threadsafe(turn(), self._loop).result()
