"""The hub's desk for the cluster: its members, and the addresses that they have.

Theory:
    Each member has a `Line`. What comes over it goes on to our own services, as rows
    of the topic ``cluster``, in slices so that no turn of the loop is long; a row of
    each member says whether it is in sync. These tables are in memory alone: after a
    restart they are unknown until the members have told them (DESIGN 6).

Rules:
    A member is told to be in sync after all its addresses were told, and to be out of
    sync before anything else is said.

Manual: 2.3.2, 6.1; DECISIONS 2.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from typing import Any, Protocol

from mailmax.datamax.changes import Changes
from mailmax.datamax.cluster import members
from mailmax.datamax.cluster.link import Line, Member
from mailmax.datamax.cluster.senders import Senders, is_elsewhere
from mailmax.datamax.desk import Answer, Answers
from mailmax.datamax.effect import PIECE_ROWS, Effect
from mailmax.datamax.pushes import Publisher, Reader
from mailmax.datamax.sealing import MEMBER, Seal
from mailmax.datamax.sharing import Clustered
from mailmax.hub.contract import cluster as asked
from mailmax.hub.contract.administration import PAGE_ROWS, Changed
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import DomainRow, MemberRow, SharedRow
from mailmax.hub.contract.tables import Topic
from mailmax.policy.checks.facts import MemberFact
from mailmax.store.accounts.database import Database

LOOK_S = 0.5
LOOK_UP_S = 60.0


class Hub(Protocol):
    """What the desk asks of the hub itself."""

    @property
    def timeout_s(self) -> float:
        """DataMax timeout."""

    def name(self) -> str:
        """Return what this system is called."""


class ClusterDesk:
    """Knows the other members."""

    def __init__(
        self,
        database: Database,
        changes: Changes,
        publisher: Publisher,
        key: bytes,
        hub: Hub,
    ) -> None:
        """Take what it needs; `start` connects.

        Args:
            database: Keeps the members.
            changes: Carries changes out.
            publisher: Pushes the tables.
            key: Of the node, for what is kept encrypted.
            hub: The hub itself.
        """
        self.clustered = Clustered()
        """The clustered domains here."""
        self._database = database
        self._changes = changes
        self._publisher = publisher
        self._seal = Seal(key, MEMBER)
        self._hub = hub
        self._lines: dict[int, tuple[Line, asyncio.Task[None]]] = {}
        self._rows: dict[int, MemberRow] = {}
        """As they were pushed last."""
        self._senders = Senders()
        self._stirred = asyncio.Event()
        self._is_new = asyncio.Event()
        """Hosts of members have to be looked up."""
        self._turn = asyncio.Lock()

    def answers(self) -> Answers:
        """Return who answers what."""
        return {
            asked.AddClusterMember: lambda one: self._change(
                members.add_member, one, self._here
            ),
            asked.ChangeClusterMember: lambda one: self._change(
                members.change_member, one, self._here
            ),
            asked.RemoveClusterMember: lambda one: self._change(
                members.remove_member, one
            ),
            asked.ListClusterMembers: self._list,
        }

    async def start(self, domains: tuple[DomainRow, ...]) -> None:
        """Connect to every member.

        Args:
            domains: Those of this system.
        """
        self.clustered.take(Effect(domains=domains))
        await self._reload()

    async def stop(self) -> None:
        """Leave all of them."""
        tasks = [task for _, task in self._lines.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # What a line asks of the house (`link.House`)

    @property
    def name(self) -> str:
        """What this system is called."""
        return self._hub.name()

    @property
    def timeout_s(self) -> float:
        """DataMax timeout."""
        return self._hub.timeout_s

    @property
    def domains(self) -> tuple[str, ...]:
        """The clustered domains here, by all their names."""
        return self.clustered.every_name

    def stirred(self) -> None:
        """Look at all members again."""
        self._stirred.set()

    async def told(self, line: Line, touched: set[str]) -> None:
        """Pass on which addresses of a member have changed; wait until it acts."""
        number = line.member.member_id
        publisher = self._publisher
        waiting, version = set[Reader](), 0
        every = iter(touched)
        while some := tuple(islice(every, PIECE_ROWS)):
            if not self._has(line):
                return
            waiting = publisher.publish(_effect_of(line, number, some))
            version = publisher.version
            await asyncio.sleep(0)
        self._push_rows()
        await publisher.wait_for(waiting, version)

    # What the hub tells

    def follow(self, effect: Effect) -> None:
        """Ask all members anew where the clustered domains have changed."""
        if self.clustered.take(effect):
            for line, _ in self._lines.values():
                line.ask_anew()
            self._push_rows()

    def add_to(self, effect: Effect, topics: frozenset[Topic]) -> Effect:
        """Add all that is known, for a service that has just come and wants it."""
        if "cluster" not in topics:
            return effect
        lines = [line for line, _ in self._lines.values()]
        return replace(
            effect,
            members=tuple(self._rows.values()),
            shared=tuple(row for line in lines for row in _all_rows(line)),
        )

    def facts(self) -> tuple[MemberFact, ...]:
        """Return what the checks look at."""
        lines = [line for line, _ in self._lines.values()]
        return tuple(
            MemberFact(
                line.member.name,
                line.system_name,
                is_seen=line.heard_at > 0,
                is_in_sync=line.is_in_sync,
                trouble=line.trouble,
                domains=tuple(one for names in line.told.domains for one in names),
            )
            for line in sorted(lines, key=lambda line: line.member.name)
        )

    def guarded(self, set_setting: Callable[[Any], Answer]) -> Callable[[Any], Answer]:
        """Let settings be set, but no name that a member has (GEN-1)."""

        def answer(request: Any) -> Answer:
            denied = self._why_not_called(request.value)
            is_name = request.key == "system_name"
            return denied if is_name and denied is not None else set_setting(request)

        return answer

    def _why_not_called(self, name: str) -> Denied | None:
        for line, _ in self._lines.values():
            if name in (line.member.name, line.system_name):
                return Denied(
                    "conflict",
                    "system_name",
                    f"a member of the cluster is called {name}",
                    "choose another: in a cluster each has its own",
                )
        return None

    # Chores

    async def watch(self) -> None:
        """Tell the services who comes into sync or falls out of it, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._stirred.wait()
            self._stirred.clear()
            for _, task in self._lines.values():
                if task.done():
                    task.result()  # it never ends by itself: a bug, told by `chores`
            self._push_rows()

    async def look_up_senders(self) -> None:
        """Keep the addresses of the members' hosts, for ever."""
        while True:
            self._is_new.clear()
            places = [line.places for line, _ in self._lines.values()]
            await self._senders.look_up(host for some in places for host in some)
            self._stirred.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_UP_S):
                    await self._is_new.wait()

    # Inside

    @property
    def _here(self) -> members.Here:
        return members.Here(self.name, self._seal)

    async def _change(self, work: Any, *args: Any) -> Changed | Denied:
        answer = await self._changes.carry_out(work, *args)
        if isinstance(answer, Changed):
            await self._reload()
        return answer

    async def _reload(self) -> None:
        """Have a line to every member that is set, and to nobody else."""
        async with self._turn:
            rows = await self._database.read(members.read_members, self._seal)
            self._have(rows)
        self._is_new.set()
        self._push_rows()

    def _have(self, rows: Iterable[Member]) -> None:
        wanted = {one.member_id: one for one in rows}
        for number, (line, _) in tuple(self._lines.items()):
            if number not in wanted or _is_another(line.member, wanted[number]):
                self._end(number)
        for number, member in wanted.items():
            if number in self._lines:
                self._lines[number][0].member = member
            else:
                line = Line(member, self)
                self._lines[number] = line, asyncio.create_task(line.run())

    def _end(self, number: int) -> None:
        line, task = self._lines.pop(number)
        line.ask_anew()
        task.cancel()
        if self._rows.pop(number, None) is not None:
            self._publisher.publish(Effect(gone_members=(number,)))

    def _has(self, line: Line) -> bool:
        found = self._lines.get(line.member.member_id)
        return found is not None and found[0] is line

    def _push_rows(self) -> None:
        """Push the members whose rows are not what they were."""
        changed = []
        for number, (line, _) in self._lines.items():
            row = self._row_of(line)
            if self._rows.get(number) != row:
                self._rows[number] = row
                changed.append(row)
        if changed:
            self._publisher.publish(Effect(members=tuple(changed)))

    def _row_of(self, line: Line) -> MemberRow:
        member = line.member
        addresses = {*self._senders.of(line.places)}
        if line.peer and is_elsewhere(line.peer):
            addresses.add(line.peer)
        return MemberRow(
            member.member_id,
            member.name,
            member.smtp_address,
            line.is_in_sync,
            line.told.domains,
            tuple(sorted(addresses)),
        )

    def _list(self, request: asked.ListClusterMembers) -> asked.ClusterPage:
        limit = max(1, min(request.limit, PAGE_ROWS))
        lines = sorted(
            (line for line, _ in self._lines.values()),
            key=lambda line: line.member.name,
        )
        found = [line for line in lines if line.member.name > request.after]
        rows = tuple(_view(line) for line in found[:limit])
        return asked.ClusterPage(rows, rows[-1].name if len(found) > limit else "")


def _is_another(old: Member, new: Member) -> bool:
    """Tell whether a change leads to another DataMax, or needs another proof."""
    return (old.datamax_address, old.password) != (new.datamax_address, new.password)


def _effect_of(line: Line, number: int, addresses: Iterable[str]) -> Effect:
    """Return what some addresses are now."""
    rows, gone = [], []
    for address in addresses:
        is_disabled = line.told.is_disabled(address)
        if is_disabled is None:
            gone.append((number, address))
        else:
            rows.append(SharedRow(number, address, is_disabled))
    return Effect(shared=tuple(rows), gone_shared=tuple(gone))


def _all_rows(line: Line) -> tuple[SharedRow, ...]:
    return _effect_of(line, line.member.member_id, line.told.addresses).shared


def _view(line: Line) -> asked.ClusterMember:
    member = line.member
    return asked.ClusterMember(
        member.name,
        member.datamax_address,
        member.smtp_address,
        line.is_in_sync,
        line.is_joined,
        len(line.told),
        tuple(names[0] for names in line.told.domains),
        line.system_name,
        line.heard_at,
        line.trouble,
    )
