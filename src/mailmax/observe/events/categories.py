"""The manual's lists: under which names events can be asked for.

Theory:
    A category stands for one or more kinds; what belongs to several that are chosen
    comes once (`kinds_of` is a union). The words of a category are its key in the
    settings and for programs.

Rules:
    A trace of logins shows connections too (§9.2); in a log file "merely connecting
    is not a login attempt" (§4.5.2), but connections include logins.

Manual: §4.3.1, §4.4.1, §4.5.2, §4.5.4; §9.2.1 to §9.2.4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mailmax.observe.events.kinds import Kind, Kinds
from mailmax.settings.system.logs import CATEGORIES


@dataclass(frozen=True, slots=True)
class Category:
    """One box to tick in a dialog."""

    key: str
    label: str
    """The manual's."""
    kinds: Kinds


def _of(key: str, label: str, *kinds: Kind) -> Category:
    return Category(key, label, frozenset(kinds))


LOGGED: Final[Mapping[str, tuple[Category, ...]]] = {
    role: tuple(_of(key, label, Kind[key.upper()]) for key, label in words.items())
    for role, words in CATEGORIES.items()
}
"""What each service can write into its log file: 9, 5, 6 and 7."""

SPIED: Final[Mapping[str, tuple[Category, ...]]] = {
    "imapmax": (
        _of("connections", "Connections", Kind.CONNECTIONS),
        _of("commands", "Commands Sent", Kind.COMMANDS),
        _of("errors", "Errors", Kind.ERRORS),
        _of("logins", "Logins", Kind.LOGINS, Kind.CONNECTIONS),
        _of("transfers", "Transfers", Kind.TRANSFERS),
    ),
    "smtpmax": (
        _of("connections", "Connections", Kind.CONNECTIONS),
        _of("commands", "Commands Sent", Kind.COMMANDS),
        _of("errors", "Errors", Kind.ERRORS),
        _of("mail", "Mail Received", Kind.MAIL),
    ),
    "queuemax": (
        _of("connections", "Outbound Connections", Kind.CONNECTIONS),
        _of("errors", "Errors", Kind.ERRORS),
        _of("retries", "Retry Warning", Kind.RETRIES),
        _of("failures", "Permanent Errors", Kind.FAILURES),
        _of("dead_mail", "Dead Mail", Kind.DEAD_MAIL),
        _of("conversation", "Transactions", Kind.CONVERSATION),
    ),
    "popmax": (
        _of("connections", "Connections", Kind.CONNECTIONS),
        _of("commands", "Commands Sent", Kind.COMMANDS),
        _of("errors", "Errors", Kind.ERRORS),
        _of("logins", "Logins", Kind.LOGINS, Kind.CONNECTIONS),
        _of("statistics", "Summary Statistics", Kind.STATISTICS),
        _of("transfers", "Transfers", Kind.TRANSFERS),
    ),
}
"""What can be watched of each service: 5, 4, 6 and 6."""


def kinds_of(categories: Iterable[Category], keys: Iterable[str]) -> Kinds:
    """Return what the chosen categories stand for; unknown keys stand for nothing."""
    chosen = frozenset(keys)
    kinds: Kinds = frozenset()
    return kinds.union(*(one.kinds for one in categories if one.key in chosen))
