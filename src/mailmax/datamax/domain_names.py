"""The names of the local domains, with their aliases, as the hub itself uses them."""

from collections.abc import Iterable

from mailmax.hub.contract.rows import DomainRow


class DomainNames:
    """By name or alias: the domain."""

    def __init__(self) -> None:
        """Begin without domains."""
        self._own: dict[str, DomainRow] = {}
        self._rows: dict[int, DomainRow] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._own

    def canonical(self, address: str) -> str:
        """Return an address with the domain's own name in place of an alias."""
        local, _, name = address.rpartition("@")
        row = self._own.get(name)
        return address if row is None else f"{local}@{row.name}"

    def is_suspended(self, address: str, service: str) -> bool:
        """Tell whether a service is stopped for the domain of an address (DOM-13)."""
        row = self._own.get(address.rpartition("@")[2])
        return row is not None and service in row.suspended

    def take(self, rows: Iterable[DomainRow]) -> None:
        """Learn new or changed domains."""
        for row in rows:
            self.drop((row.domain_id,))
            self._rows[row.domain_id] = row
            for name in (row.name, *row.aliases):
                self._own[name] = row

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget domains, if known."""
        for number in numbers:
            gone = self._rows.pop(number, None)
            for name in () if gone is None else (gone.name, *gone.aliases):
                self._own.pop(name, None)
