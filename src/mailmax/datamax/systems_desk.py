"""The hub's desk for saved connections (ADM-1).

Rules:
    Where another system is, with its password, is told to the web alone
    (`codec.FromWebAdmin`), and only for who administers the whole system now.

Manual: 2.1, 2.2, 2.3.
"""

from collections.abc import Awaitable, Callable

from mailmax.datamax import system_groups, systems
from mailmax.datamax.changes import Changes
from mailmax.datamax.desk import Answers
from mailmax.datamax.sealing import SYSTEM, Seal
from mailmax.hub.contract import systems as asked
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.contract.web import Actor, Principal
from mailmax.store.accounts.database import Database

WhoActs = Callable[[Actor], Awaitable[Principal | None]]

_NOT_YOURS = Denied(
    "not_allowed", "actor", "only system administrators go to other systems"
)


class SystemsDesk:
    """Knows the saved connections."""

    def __init__(
        self,
        database: Database,
        changes: Changes,
        key: bytes,
        name: Callable[[], str],
        who_acts: WhoActs,
    ) -> None:
        """Take what it needs.

        Args:
            database: Keeps them.
            changes: Carries changes out.
            key: Of the node, for what is kept encrypted.
            name: Says what this system is called.
            who_acts: Says whose session or key that is.
        """
        self._database = database
        self._changes = changes
        self._seal = Seal(key, SYSTEM)
        self._name = name
        self._who_acts = who_acts

    def answers(self) -> Answers:
        """Return who answers what."""
        change, read = self._changes.carry_out, self._database.read
        return {
            asked.ListSystems: lambda one: read(systems.list_systems, one),
            asked.AddSystem: lambda one: change(systems.add_system, one, self._here),
            asked.ChangeSystem: lambda one: change(
                systems.change_system, one, self._here
            ),
            asked.RemoveSystem: lambda one: change(systems.remove_system, one),
            asked.ListSystemGroups: lambda one: read(system_groups.list_groups, one),
            asked.AddSystemGroup: lambda one: change(system_groups.add_group, one),
            asked.RenameSystemGroup: lambda one: change(
                system_groups.rename_group, one
            ),
            asked.RemoveSystemGroup: lambda one: change(
                system_groups.remove_group, one
            ),
            asked.AskSystemDoor: self._open,
            asked.LearnSystemPassword: lambda one: self._database.write(
                systems.learn_password, one, self._seal
            ),
        }

    @property
    def _here(self) -> systems.Here:
        return systems.Here(self._name(), self._seal)

    async def _open(self, request: asked.AskSystemDoor) -> Message:
        who = await self._who_acts(request.actor)
        if who is None or not who.is_system:
            return _NOT_YOURS
        return await self._database.read(systems.door_of, request.name, self._here)
