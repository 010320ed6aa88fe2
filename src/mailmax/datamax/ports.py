"""Who has a port already: at the same address, or one that covers it.

Theory:
    Ports are compared as they are on the hub's own computer: a default port with its
    base port added, one that was set as it is. Closed services keep their ports.

Manual: 1.3, 4.3, 4.5, 5.5.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from mailmax.hub.contract.message import Denied
from mailmax.policy.overlap import overlap
from mailmax.settings.listener import default_port, uses_setting
from mailmax.store.accounts import binding_units

Setting = Callable[[str], Any]


class Ports:
    """All ports of the system, inside a unit of work."""

    def __init__(self, tx: Connection, setting: Setting, base_port: int = 0) -> None:
        """Take what it needs.

        Args:
            tx: The open transaction.
            setting: Gives the value of a system setting.
            base_port: Of this computer.
        """
        self._rows = binding_units.all_listeners(tx)
        self._setting = setting
        self._base_port = base_port

    def taken(
        self, address: str, service: str, port: int, but: int = 0
    ) -> Denied | None:
        """Say who has a port; None when it is free.

        Args:
            address: Where it is to be.
            service: What for.
            port: As it is configured.
            but: Number of the listener that asks.
        """
        wanted = self._real(service, port, self._setting)
        for row in self._rows:
            has = self._real(row.service, row.port, self._setting)
            if row.id != but and has == wanted and overlap(row.address, address):
                return _taken(wanted, row)
        return None

    def default_taken(self, key: str, value: int) -> Denied | None:
        """Say who is in the way of a new default port; None when nobody is."""

        def after(name: str) -> Any:
            return value if name == key else self._setting(name)

        movers = [
            row for row in self._rows if not row.port and uses_setting(row.service, key)
        ]
        for mover in movers:
            wanted = self._real(mover.service, 0, after)
            for row in self._rows:
                has = self._real(row.service, row.port, after)
                is_there = row.id != mover.id and has == wanted
                if is_there and overlap(row.address, mover.address):
                    return _taken(wanted, row)
        return None

    def _real(self, service: str, port: int, setting: Setting) -> int:
        return port or self._base_port + default_port(service, setting)


def _taken(port: int, row: Any) -> Denied:
    return Denied(
        "conflict",
        "port",
        f"{row.service} of {row.address} has port {port}",
        "choose another port, or change or delete that service first",
    )
