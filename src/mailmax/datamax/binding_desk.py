"""Answers about listening addresses, with what the services tell of their doors."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import msgspec

from mailmax.datamax import bindings, listeners
from mailmax.datamax.binding_rows import with_doors
from mailmax.datamax.changes import Changes
from mailmax.datamax.desk import Answers
from mailmax.datamax.member import Member
from mailmax.datamax.ports import BasePorts
from mailmax.datamax.presence import GuestBook
from mailmax.hub.contract import bindings as asked
from mailmax.hub.contract.bindings import BindingPage, DoorView, ListBindings
from mailmax.store.accounts.database import Database


class BindingDesk:
    """Answers administrators."""

    def __init__(
        self,
        database: Database,
        changes: Changes,
        book: GuestBook,
        base_ports: Callable[[], BasePorts],
    ) -> None:
        """Take what it needs.

        Args:
            database: The accounts.
            changes: Carries changes out.
            book: Knows the services.
            base_ports: Says what is added to default ports.
        """
        self._database = database
        self._changes = changes
        self._book = book
        self._base_ports = base_ports

    def answers(self) -> Answers:
        """Return who answers what."""
        change = self._changes.carry_out
        read = self._database.read
        base = self._base_ports
        return {
            asked.ListBindings: self._list,
            asked.ShowBinding: lambda one: read(bindings.show_binding, one),
            asked.AddBinding: lambda one: change(bindings.add_binding, one, base()),
            asked.ChangeBinding: lambda one: change(bindings.change_binding, one),
            asked.DeleteBinding: lambda one: change(bindings.delete_binding, one),
            asked.AddListener: lambda one: change(listeners.add_listener, one, base()),
            asked.ChangeListener: lambda one: change(
                listeners.change_listener, one, base()
            ),
            asked.SwitchListener: lambda one: change(listeners.switch_listener, one),
            asked.DeleteListener: lambda one: change(listeners.delete_listener, one),
        }

    def notices(self) -> dict[type, Callable[[Member, Any], None]]:
        """Return who takes which notice of a member."""
        return {asked.DoorStates: _take_states}

    async def _list(self, request: ListBindings) -> BindingPage:
        page = await self._database.read(
            bindings.list_bindings, request, self._base_ports().own
        )
        doors: defaultdict[int, tuple[DoorView, ...]] = defaultdict(tuple)
        for guest in self._book.present():
            for door in guest.doors:
                told = msgspec.structs.replace(door, node=guest.hello.node)
                doors[door.listener_id] += (told,)
        return BindingPage(
            tuple(with_doors(row, doors) for row in page.rows), page.next
        )


def _take_states(member: Member, said: asked.DoorStates) -> None:
    if member.guest is not None:
        member.guest.doors = said.doors
        member.guest.base_port = said.base_port
