"""Questions that a service answers, not the hub (`relay`)."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec

from mailmax.base.errors import TemporaryFailure
from mailmax.datamax import domain_values, users
from mailmax.datamax.desk import Answers
from mailmax.datamax.member import Member
from mailmax.datamax.relay import Relays
from mailmax.hub.contract import (
    block_lists,
    housekeeping,
    logs,
    maildrops,
    programs,
    quarantine,
    queue,
    recipients,
    relayed,
    steering,
    virus,
)
from mailmax.hub.contract.message import Denied, Message
from mailmax.store.accounts.database import Database

_QUEUE = ("queuemax", "QueueMax")
_OF_THE_QUEUE = (
    queue.StartEtrn,
    recipients.CheckRecipient,
    queue.ListQueue,
    queue.CountQueue,
    queue.ShowEntry,
    queue.ReadEntry,
    queue.ReleaseEtrn,
    steering.SteerQueue,
    steering.ListDead,
    steering.SteerDead,
)
_KEEPER = ("housekeeping", "Housekeeping")
_FILER = ("filer", "the filer")
_OF_THE_FILER = (
    quarantine.ListQuarantine,
    quarantine.ReadQuarantine,
    quarantine.SteerQuarantine,
)
_MAILDROPS = ("popmax", "POPMax")
_RECEIVER = ("smtpmax", "SMTPMax")
_LOGGED = {
    "smtp": _RECEIVER,
    "queue": _QUEUE,
    "pop": _MAILDROPS,
    "imap": ("imapmax", "IMAPMax"),
}
"""Who has log files, by what they are called in logs."""


class RelayDesk:
    """Lets the service answer that knows."""

    def __init__(self, database: Database, members: Iterable[Member]) -> None:
        """Take what it needs.

        Args:
            database: The accounts: who is meant.
            members: Whom questions may be passed on to.
        """
        self._database = database
        self._members = members
        self._relays = Relays()

    def answers(self) -> Answers:
        """Return who answers what."""
        return {
            **dict.fromkeys(_OF_THE_QUEUE, self._passing(*_QUEUE)),
            **dict.fromkeys(_OF_THE_FILER, self._passing(*_FILER)),
            housekeeping.AskHousekeeping: self._passing(*_KEEPER),
            housekeeping.ListDeeds: self._passing(*_KEEPER),
            housekeeping.RunHousekeeping: self._run_housekeeping,
            logs.ListLogFiles: self._list_logs,
            logs.ReadLogFile: self._read_log,
            maildrops.UnlockMaildrop: self._unlock,
            block_lists.TryBlockLists: self._try_lists,
            virus.AskVirusState: self._scanners,
            virus.BeginVirusTest: self._scanners,
            virus.BeginVirusUpdate: self._scanners,
            programs.BeginProgramTrial: self._try_program,
            programs.AskProgramTrial: self._try_program,
            relayed.RelayedAnswer: self._relays.answered,
        }

    def _passing(self, role: str, name: str) -> Callable[[Any], Awaitable[Message]]:
        return lambda request: self.pass_on(role, name, request)

    async def pass_on(
        self,
        role: str,
        name: str,
        request: relayed.Passed,
        node: str = "",
        *,
        takes_s: float = 0.0,
    ) -> Message:
        """Let a service answer, if it is there.

        Args:
            role: Of the service.
            name: The same in words.
            request: What it is asked.
            node: On which computer; empty: on any.
            takes_s: How long it may work for that.

        Raises:
            TemporaryFailure: It is not there, or does not answer.
        """
        for member in self._members_of(role):
            if not node or _node_of(member) == node:
                return await self._relays.ask(member, request, takes_s)
        where = f" on {node}" if node else ""
        raise TemporaryFailure(f"{name} is not running{where}")

    def is_here(self, role: str) -> bool:
        """Tell whether a service of that role is there."""
        return bool(self._members_of(role))

    def _members_of(self, role: str) -> list[Member]:
        return [
            member
            for member in self._members
            if member.guest is not None and member.guest.hello.role == role
        ]

    async def _list_logs(self, request: logs.ListLogFiles) -> Message:
        role, name = _LOGGED[request.service]
        answer = await self.pass_on(role, name, request, request.node)
        if not isinstance(answer, logs.LogFilePage):
            return answer
        return msgspec.structs.replace(answer, nodes=self._nodes_of(role))

    async def _read_log(self, request: logs.ReadLogFile) -> Message:
        return await self.pass_on(*_LOGGED[request.service], request, request.node)

    async def _try_lists(self, request: block_lists.TryBlockLists) -> Message:
        return await self.pass_on(*_RECEIVER, request, request.node)

    async def _try_program(
        self, request: programs.BeginProgramTrial | programs.AskProgramTrial
    ) -> Message:
        if isinstance(request, programs.BeginProgramTrial) and request.is_limited:
            cure = "ask an administrator of the system"
            return Denied("not_allowed", "line", "programs are the server's", cure)
        return await self.pass_on(*_FILER, request, request.node)

    async def _scanners(
        self,
        request: virus.AskVirusState | virus.BeginVirusTest | virus.BeginVirusUpdate,
    ) -> Message:
        answer = await self.pass_on(*_RECEIVER, request, request.node)
        if not isinstance(answer, virus.VirusState):
            return answer
        nodes = self._nodes_of(_RECEIVER[0])
        return msgspec.structs.replace(answer, nodes=nodes)

    def _nodes_of(self, role: str) -> tuple[str, ...]:
        """Return where a service runs."""
        return tuple(sorted({_node_of(member) for member in self._members_of(role)}))

    async def _run_housekeeping(self, request: housekeeping.RunHousekeeping) -> Message:
        if request.domain:
            found = await self._database.read(domain_values.find, request.domain)
            if isinstance(found, Denied):
                return found
            request = msgspec.structs.replace(request, domain=found.name)
        return await self.pass_on(*_KEEPER, request)

    async def _unlock(self, request: maildrops.UnlockMaildrop) -> Message:
        found = await self._database.read(users.find, request.address)
        if isinstance(found, Denied):
            return found
        asked = maildrops.FreeMaildrop(found.id, request.only_show)
        return await self.pass_on(*_MAILDROPS, asked)


def _node_of(member: Member) -> str:
    return "" if member.guest is None else member.guest.hello.node
