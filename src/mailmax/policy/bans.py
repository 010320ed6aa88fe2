"""Whose mail is refused: banned addresses and domains, of the system and a connection.

Theory:
    A ban names an address, a domain, or with ``*.domain`` all domains below one. A
    sender is looked for under its address, its domain, and ``*.`` with each domain
    above; each is one look into a dict, however many bans there are.

Rules:
    MAIL FROM and every author of the header count. Who logged in or comes from a
    trusted address is exempt, and the null reverse-path names nobody. A ban that has
    expired is none.
    Who writes to a spam trap is banned for a while, but never the null path, a sender
    in a domain of ours, who logged in, or who is trusted: MAIL FROM is easily forged,
    and nobody must be able to ban our own people with it (TRUST B9).

Manual: 4.9, 5.3; DECISIONS 11, 12.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mailmax.base.address import Address, lower_ascii, unquote_local
from mailmax.policy.names import LONGEST_LOCAL, canonical_domain, check_domain
from mailmax.settings.field import BadValue

SYSTEM = 0
"""The binding whose bans hold for every connection."""
_BELOW = "*."
_MOST_LABELS = 127


@dataclass(frozen=True, slots=True)
class Ban:
    """One banned sender."""

    ban_id: int
    binding_id: int
    value: str
    """An address, a domain, or ``*.domain``; in canonical form."""
    expires_at: float = 0.0
    """Unix time; 0: never."""


class Bans:
    """Every ban, ready to be asked."""

    __slots__ = ("_by_binding", "_by_id")

    def __init__(self) -> None:
        """Begin without bans."""
        self._by_id: dict[int, Ban] = {}
        self._by_binding: dict[int, dict[str, Ban]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, ban: Ban) -> None:
        """Take a new or changed ban."""
        self.remove(ban.ban_id)
        self._by_id[ban.ban_id] = ban
        self._by_binding.setdefault(ban.binding_id, {})[ban.value] = ban

    def remove(self, ban_id: int) -> None:
        """Forget a ban, if known."""
        ban = self._by_id.pop(ban_id, None)
        if ban is None:
            return
        values = self._by_binding[ban.binding_id]
        if values.get(ban.value) is ban:
            del values[ban.value]

    def clear(self) -> None:
        """Forget all."""
        self._by_id.clear()
        self._by_binding.clear()

    def find(self, sender: Address | None, binding_id: int, now: float) -> Ban | None:
        """Return the ban that a reverse-path or an author is under; None: none.

        Args:
            sender: None is the null reverse-path.
            binding_id: Which connection the client came by.
            now: Unix time.
        """
        if sender is None or not self._by_id:
            return None
        for scope in {SYSTEM, binding_id}:
            values = self._by_binding.get(scope)
            if values:
                for name in _names(sender):
                    ban = values.get(name)
                    if ban is not None and not 0 < ban.expires_at <= now:
                        return ban
        return None


def _names(sender: Address) -> Iterator[str]:
    """Yield everything under which a sender may be banned."""
    domain = sender.domain
    if not domain.isascii():
        domain = canonical_domain(domain) or domain
    yield f"{lower_ascii(sender.local)}@{domain}"
    yield domain
    rest = domain
    for _ in range(_MOST_LABELS):
        _, dot, rest = rest.partition(".")
        if not dot:
            return
        yield _BELOW + rest


def read_ban(text: str) -> str | BadValue:
    """Read what an administrator wants banned; return its canonical form."""
    value = text.strip()
    if not value:
        return BadValue(
            "value", "it is empty", "give an address, a domain, or *.domain"
        )
    below = value.startswith(_BELOW)
    given, at, domain = value.removeprefix(_BELOW).rpartition("@")
    name = check_domain(domain)
    if isinstance(name, BadValue):
        return name
    if not at:
        return _BELOW + name if below else name
    local = unquote_local(given)
    if below or local is None or len(local) > LONGEST_LOCAL:
        return BadValue(
            "value", f"{value[:60]!r} is no mail address", "give name@domain"
        )
    return f"{lower_ascii(local)}@{name}"


def bans_own(value: str, own_domains: Iterable[str]) -> bool:
    """Tell whether a ban hits a domain of ours, or an address in one.

    Args:
        value: Of `read_ban`.
        own_domains: Canonical names of our domains.
    """
    if value.startswith(_BELOW):
        return any(name.endswith(value[1:]) for name in own_domains)
    return value.rpartition("@")[2] in own_domains


def may_ban_trapped(
    sender: Address | None, is_local: Callable[[str], bool], *, exempt: bool
) -> bool:
    """Tell whether who wrote to a spam trap is to be banned (BAN-3, TRUST B9).

    Args:
        sender: The reverse-path.
        is_local: Tells whether a canonical domain is ours.
        exempt: The client logged in or is trusted.
    """
    if sender is None or exempt:
        return False
    domain = canonical_domain(sender.domain)
    return domain is not None and not is_local(domain)


def trapped_value(sender: Address) -> str:
    """Return what is banned of who wrote to a trap: the one address."""
    return next(_names(sender))
