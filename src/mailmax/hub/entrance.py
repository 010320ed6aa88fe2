"""The door that a client came by, as its session sees it: names, read when needed.

Theory:
    One object for all sessions of a listener. It looks into the pushed tables each
    time it is asked, so a new display name or default domain of the binding acts on
    the next greeting and on the next login, of open sessions too.

Manual: 5.1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mailmax.hub.contract.rows import BindingRow
from mailmax.hub.tables import Tables

NO_BINDING = BindingRow(0, "")


@dataclass(frozen=True, slots=True)
class Names:
    """What holds where the binding says nothing itself."""

    hostname: Callable[[], str]
    default_domain: Callable[[], str]
    bindings: Mapping[int, BindingRow] = field(default_factory=dict)


def names_of(tables: Tables, hostname: Callable[[], str]) -> Names:
    """Return the names that the pushed tables say."""
    return Names(
        hostname,
        lambda: str(tables.setting("default_domain")),
        tables.doors.bindings,
    )


class Entrance:
    """One service at one listening address."""

    __slots__ = ("_names", "binding_id", "service")

    def __init__(self, service: str, names: Names, binding_id: int = 0) -> None:
        """Say which.

        Args:
            service: A `settings.local.ServiceName`.
            names: Of the whole system.
            binding_id: 0: the door belongs to no binding (LMTP's Unix socket).
        """
        self.service = service
        self.binding_id = binding_id
        self._names = names

    @property
    def binding(self) -> BindingRow:
        """The listening address, as it is set now."""
        return self._names.bindings.get(self.binding_id, NO_BINDING)

    @property
    def greeting(self) -> str:
        """What we call ourselves here."""
        return self.binding.display_name or self._names.hostname()

    @property
    def default_domain(self) -> str:
        """Domain of bare login names; may be empty."""
        return self.binding.default_domain or self._names.default_domain()
