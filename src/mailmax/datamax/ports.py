"""Who has a port already: at the same address, or one that covers it.

Theory:
    Ports are compared as they are on the hub's own computer: a default port with its
    base port added, one that was set as it is. Closed services keep their ports.
    A default port must be one on every computer that is known: the highest base port
    decides.

Manual: 1.3, 4.3, 4.5, 5.5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from mailmax.hub.contract.message import Denied
from mailmax.policy.overlap import overlap
from mailmax.settings.host_port import HIGHEST_PORT
from mailmax.settings.listener import default_port, uses_setting
from mailmax.store.accounts import binding_units

Setting = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class BasePorts:
    """What is added to default ports."""

    own: int = 0
    """On this computer."""
    highest: int = 0
    """Of all computers that are known."""


class Ports:
    """All ports of the system, inside a unit of work."""

    def __init__(self, tx: Connection, setting: Setting, base: BasePorts) -> None:
        """Take what it needs.

        Args:
            tx: The open transaction.
            setting: Gives the value of a system setting.
            base: Added to default ports.
        """
        self._rows = binding_units.all_listeners(tx)
        self._setting = setting
        self._base = base

    def taken(
        self, address: str, service: str, port: int, but: int = 0
    ) -> Denied | None:
        """Say who has a port, or that there is none such; None when it is free.

        Args:
            address: Where it is to be.
            service: What for.
            port: As it is configured.
            but: Number of the listener that asks.
        """
        wanted = self._real(service, port, self._setting)
        if not port:
            beyond = self._beyond("port", default_port(service, self._setting))
            if beyond is not None:
                return beyond
        for row in self._rows:
            has = self._real(row.service, row.port, self._setting)
            if row.id != but and has == wanted and overlap(row.address, address):
                return _taken(wanted, row)
        return None

    def default_taken(self, key: str, value: int) -> Denied | None:
        """Say what is in the way of a new default port; None when nothing is."""
        beyond = self._beyond(key, value)
        if beyond is not None:
            return beyond

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
        return port or self._base.own + default_port(service, setting)

    def _beyond(self, field: str, default: int) -> Denied | None:
        base = max(self._base.own, self._base.highest)
        if base + default <= HIGHEST_PORT:
            return None
        return Denied(
            "bad_value",
            field,
            f"{default} and the base port {base} are {base + default}, and the highest "
            f"port is {HIGHEST_PORT}",
            f"give {HIGHEST_PORT - base} at most",
        )


def _taken(port: int, row: Any) -> Denied:
    return Denied(
        "conflict",
        "port",
        f"{row.service} of {row.address} has port {port}",
        "choose another port, or change or delete that service first",
    )
