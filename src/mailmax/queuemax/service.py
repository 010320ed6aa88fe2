"""QueueMax: what leaves this site.

Theory:
    Mail comes from the filer's journals (`intake`), is tried at once (`dispatch`,
    `pool`), and its results are recorded (`ledger`, `recorder`). What stays is kept
    (`checkpoint`) and tried again; what fails is reported (`bounce`). Local deliveries
    that the filer gave up for now are kept too, and go back to it (`filing`); so does
    mail whose rules want a program (`programs`). This file only wires them.

Rules:
    Stopping sends nothing new, lets what is under way finish for the grace time, and
    makes a last checkpoint. Killing it at any moment loses nothing.

Manual: §4.4, §4.1 (smart host), §4.6 (name servers).
"""

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from mailmax.base.asking import concerns_program
from mailmax.hub.contract.queue import ReleaseEtrn, StartEtrn
from mailmax.hub.contract.recipients import CheckRecipient
from mailmax.net.children.job import Limits
from mailmax.policy.outcome import Result, permanent
from mailmax.policy.retry import RetryLimits, schedule_of
from mailmax.queuemax.acts import Acts
from mailmax.queuemax.attempt import Opener
from mailmax.queuemax.bounce import Reporter
from mailmax.queuemax.checkpoint import Checkpoints
from mailmax.queuemax.dead_mail import DeadLimits, DeadMail
from mailmax.queuemax.deadlines import Deadlines
from mailmax.queuemax.desk import QueueDesk
from mailmax.queuemax.dispatch import Dispatch
from mailmax.queuemax.etrn import Etrn
from mailmax.queuemax.filing import Filing
from mailmax.queuemax.given import Options, Stores, World
from mailmax.queuemax.held_life import HeldLife
from mailmax.queuemax.held_mail import Held
from mailmax.queuemax.intake import Intake, JournalBody, Tripped
from mailmax.queuemax.ledger import Ledger, Verdict
from mailmax.queuemax.limits import pool_limits, retry_limits
from mailmax.queuemax.mail import Mail
from mailmax.queuemax.noted import note_in_log
from mailmax.queuemax.peers import Myself, TimeLimits, limits_of
from mailmax.queuemax.pool import Pool, PoolLimits
from mailmax.queuemax.ports import Hub
from mailmax.queuemax.programs import RulePrograms
from mailmax.queuemax.recipient_check import RecipientCheck
from mailmax.queuemax.recorder import AGAIN_S, Recorder
from mailmax.queuemax.resending import Resending
from mailmax.queuemax.route import Router
from mailmax.queuemax.sent import Sent
from mailmax.queuemax.steering import Steering
from mailmax.queuemax.telling import Telling
from mailmax.queuemax.ways import Ways
from mailmax.store.queue.entry import QueueEntry
from mailmax.store.spool.group import GroupCommit
from mailmax.store.spool.port import Record

GRACE_S = 10.0

_log = logging.getLogger("queuemax")


class QueueService:
    """All outbound mail of a node."""

    def __init__(
        self, hub: Hub, stores: Stores, world: World, options: Options
    ) -> None:
        """Prepare on the running loop; nothing is sent before `start`.

        Args:
            hub: Settings; asks for lists.
            stores: Queue and journals; closed by the caller after `stop`.
            world: Clock, chance and names.
            options: How to behave.
        """
        self._hub = hub
        self._stores = stores
        self._world = world
        note_in_log(world.trace)
        self._options = options
        self._hostname = options.hostname
        self._times = options.times or TimeLimits()
        self._store = stores.queue
        self._recorder = Recorder(self._store)
        self._ledger = Ledger(
            self._store,
            self._recorder,
            options.retry or RetryLimits(),
            world.clock,
            world.random,
            world.trace,
            lambda domain: schedule_of(self._kind_of(domain)),
        )
        held = Held(self._kind_of)
        ways = self._ways = Ways(hub.tables)
        self.dead_mail = DeadMail(self._store, stores.dead, world.clock, world.trace)
        self._telling = Telling(
            self._store, self._ledger, self.dead_mail, self._finished
        )
        self._dispatch = Dispatch(
            self._store, self._ledger, self._telling.tell, held, ways
        )
        self._pool = Pool(
            self._make_opener(),
            options.pool or PoolLimits(),
            self._on_sent,
            world.random,
        )
        self._dispatch.pool = self._pool
        self._filing = Filing(self._store, self._ledger, self._settle)
        self._dispatch.file = self._filing.give_back
        self._programs = RulePrograms(
            self._store,
            self._ledger,
            options.programs,
            self._filing.hand_back,
            self._settle,
        )
        self._dispatch.run = self._programs.take
        self._dispatch.recall_runs = self._programs.recall
        self._checkpoints = Checkpoints(
            self._store, self._recorder, stores.reader, self._on_damaged
        )
        self._intake = Intake(
            stores.reader,
            self._store.quarantine,
            self._admit,
            self._checkpoints.has_room,
            options.on_bug,
        )
        self.steering = Steering(
            self._ledger, self._dispatch, self._checkpoints, self._settle
        )
        """What administrators change."""
        self.resending = Resending(
            self.dead_mail, self._store, self._checkpoints, self._dispatch
        )
        self._deadlines = Deadlines(self._ledger, self._dispatch, self._settle)
        self._held_life = HeldLife(held, self._ledger, world.clock, self._settle)
        self._reports: GroupCommit | None = None
        self._waiting: asyncio.Task[None] | None = None
        """Until the disk takes results."""
        hub.on_tables(self._on_settings)
        etrn = Etrn(hub.tables, self._dispatch)
        hub.on_request(StartEtrn, etrn.start)
        hub.on_request(ReleaseEtrn, etrn.start)
        pool = self._pool
        self._checks = RecipientCheck(hub.tables, ways, lambda: pool.opener)
        hub.on_request(CheckRecipient, self._checks.answer)
        parts = (self.steering, self.dead_mail, self.resending)
        acts = Acts(*parts, self._checkpoints, world.clock)
        QueueDesk(self._store, acts, self._dispatch.connections_to).answer(hub)

    @property
    def doubtful(self) -> int:
        """Messages that may have been taken twice (TRUST C1)."""
        return self._dispatch.doubtful

    async def start(self) -> None:
        """Go on with what waits, then take new mail."""
        self._reports = GroupCommit(self._stores.writer)
        self._filing.journal = self._telling.journal = self._reports
        self._on_settings()
        if self._store.position:
            await asyncio.to_thread(self._stores.reader.done, self._store.position)
        await self._programs.start()
        self._recorder.start()
        self.dead_mail.start()
        if await self._recorder.prove():
            self._go_on()
        else:
            self._waiting = asyncio.create_task(self._go_on_later())

    def _go_on(self) -> None:
        known = list(self._store.entries.values())
        self._dispatch.resume(known)
        self._held_life.start()
        for entry in known:
            self._deadlines.watch(entry)
        self._checkpoints.start()
        self._intake.start()

    async def _go_on_later(self) -> None:
        """Send nothing before a result can be recorded."""
        while True:
            await asyncio.sleep(AGAIN_S)
            if await self._recorder.prove():
                break
        self._go_on()

    async def stop(self, grace_s: float = GRACE_S) -> None:
        """Finish what is under way, keep the rest."""
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)
        await self._intake.stop()
        self._dispatch.stop()
        self._deadlines.stop()
        self._held_life.stop()
        await self._checks.stop()
        await self._pool.close(grace_s)
        await self._programs.stop()
        await self._filing.stop(grace_s)
        await self._telling.stop(grace_s)
        await self._checkpoints.stop()
        await self.dead_mail.stop()
        await self._recorder.stop()
        if self._reports is not None:
            await asyncio.to_thread(self._reports.close)

    async def checkpoint(self) -> bool:
        """Make a checkpoint now; False when it failed."""
        return await self._checkpoints.make()

    # Mail comes

    def _admit(self, records: Sequence[Record], position: bytes) -> Sequence[Tripped]:
        """Take what was read; return what was not taken.

        A record that trips us holds up none behind it. The position is passed when
        there is none: `intake` puts those aside first, or has them tried again.
        """
        tripped = []
        for record in records:
            try:
                self._admit_one(record)
            except Exception as error:  # noqa: BLE001 - the rest is to go on
                tripped.append(Tripped(record, error))
        if not tripped:
            self._checkpoints.read_to(position)
        return tripped

    def _admit_one(self, record: Record) -> None:
        body = JournalBody(self._stores.reader, record.body)
        envelope = record.envelope
        if envelope.origin is None:
            envelope = msgspec.structs.replace(envelope, origin=record.origin)
        entry = self._store.admit(envelope, record.origin, body, record.body.crc)
        if entry is None:
            return
        try:
            self._begin(entry)
        except BaseException:
            self._checkpoints.is_over(entry)
            self._store.disown(entry)
            raise
        self._world.counters.messages_in += 1
        self._world.counters.octets_in += entry.size

    def _begin(self, entry: QueueEntry) -> None:
        self._checkpoints.admitted(entry)
        self._deadlines.watch(entry)
        if concerns_program(entry.envelope.step):
            self._dispatch.begin(entry, entry.targets)
            return
        local = [t for t in entry.targets if t.local and t.stage.is_waiting]
        if local:
            self._filing.take(entry, local)
        self._dispatch.begin(
            entry, [target for target in entry.targets if not target.local]
        )

    def _on_sent(self, mail: Mail, sent: Sent) -> None:
        try:
            self._count_sent(mail, sent)
            self._dispatch.on_sent(mail, sent)
            if mail.entry.is_over:
                self._finished(mail.entry)
        except Exception:  # noqa: BLE001 - its recipients would be nowhere
            _log.critical("what came of %s is lost", mail.entry.number, exc_info=True)
            self._options.on_bug()

    def _count_sent(self, mail: Mail, sent: Sent) -> None:
        """Count a message that some host has taken (manual 2.6)."""
        if any(one.result is Result.DELIVERED for one in sent.outcomes):
            self._world.counters.messages_out += 1
            self._world.counters.octets_out += mail.size

    def _settle(self, entry: QueueEntry, verdict: Verdict) -> None:
        self._dispatch.carry_out(entry, verdict)
        if entry.is_over:
            self._finished(entry)

    def _finished(self, entry: QueueEntry) -> None:
        self._store.drop(entry)
        self._checkpoints.is_over(entry)
        self._deadlines.forget(entry)

    def _on_damaged(self, entry: QueueEntry) -> None:
        """A body that cannot be read is reported, not lost in silence (TRUST D9)."""
        outcome = permanent("5.3.0", "the message was damaged")
        waiting = [(t, outcome) for t in entry.targets if t.stage.is_waiting]
        self._settle(entry, self._ledger.note(entry, waiting, is_lost=True))

    # The hub

    def _on_settings(self) -> None:
        tables = self._hub.tables
        hostname = tables.setting("hostname") or self._options.hostname
        times = self._options.times or limits_of(tables.setting("smtp_timeout_s"))
        if (hostname, times) != (self._hostname, self._times):
            self._hostname, self._times = hostname, times
            self._pool.opener = self._make_opener()
        self._ways.refresh()
        self.dead_mail.use(
            DeadLimits(
                tables.setting("dead_mail_days"), tables.setting("dead_mail_octets")
            )
        )
        self._world.on_name_servers(tables.setting("name_servers") or ())
        self._world.on_dns_timeout(tables.setting("queue_dns_timeout_s"))
        if self._options.retry is None:
            self._ledger.limits = retry_limits(tables)
        if self._options.pool is None:
            self._pool.use(pool_limits(tables))
        self._programs.limits = Limits().lasting(tables.setting("program_timeout_s"))
        self._telling.reporter = self._make_reporter()
        self._dispatch.release_held()
        self._held_life.use(tables.setting("etrn_days"))

    def _kind_of(self, domain: str) -> str:
        row = self._hub.tables.domain(domain)
        return "" if row is None else row.kind

    def _make_reporter(self) -> Reporter:
        return Reporter(
            self._hostname,
            self._world.clock,
            self._world.random,
            self._ledger.limits,
            bool(self._hub.tables.setting("bounce_copies")),
        )

    def _make_opener(self) -> Opener:
        options = self._options
        router = Router(
            self._world.resolver,
            self._world.random.uniform,
            lambda: options.own_names() | {self._hostname.lower()},
            options.own_addresses,
            options.mx_port,
        )
        me = Myself(self._hostname, self._times)
        return Opener(
            router,
            options.dialer,
            me,
            options.tls,
            options.proof,
            self._world.trace,
            self._world.counters,
        )
