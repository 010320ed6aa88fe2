"""Between the doors and the members: who is let in at all."""

from typing import Any, Protocol

from mailmax.datamax.member import Member
from mailmax.hub.link import Link


class House(Protocol):
    """The hub, as far as it is needed here."""

    def admit(self, link: Link) -> Member | None:
        """Take a newcomer in as a stranger, unless it must not even knock."""


class Doorkeeper:
    """Decides on linking whether a newcomer becomes a member's connection."""

    def __init__(self, house: House) -> None:
        """Wait for `on_linked`.

        Args:
            house: The hub.
        """
        self._house = house
        self._member: Member | None = None

    def on_linked(self, link: Link) -> None:
        """Let the newcomer in, or not."""
        self._member = self._house.admit(link)
        if self._member is None:
            link.give_up("not let in")
        else:
            self._member.on_linked(link)

    def on_message(self, link: Link, call: int, message: Any) -> None:
        """Pass it on."""
        if self._member is not None:
            self._member.on_message(link, call, message)

    def on_lost(self, link: Link) -> None:
        """Pass it on."""
        if self._member is not None:
            self._member.on_lost(link)
