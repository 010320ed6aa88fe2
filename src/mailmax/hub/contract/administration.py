"""What all that administrators ask has in common.

Theory:
    Every change is answered by `Changed` when each connected service has acknowledged
    the version of the tables that holds it, or after one second with the names of
    those that have not (DESIGN 2). Every list comes in pages of at most `PAGE_ROWS`:
    a page's `next` is the `after` of the one that follows, empty at the end.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.message import Message

PAGE_ROWS = 1_000
"""The longest page of a list."""


class Changed(Message, frozen=True, array_like=True, tag=40):
    """It is durable and acts; `waiting_for` names the services that lag."""

    item_id: int = 0
    version: int = 0
    waiting_for: tuple[str, ...] = ()
    note: str = ""


DeleteWay = Literal["database", "archive", "remove"]
"""What becomes of the files: they stay, are put away by date, or are removed."""


class ValueView(msgspec.Struct, frozen=True, array_like=True):
    """One setting of a domain, a user or a binding."""

    key: str
    value: str
    """JSON: what holds."""
    is_own: bool
    """It was set there; else it is inherited, or the default."""
    source: str = ""
    """Where what holds was set: user, domain, system; built-in: nowhere."""
    inherited: str = ""
    """JSON: what would hold if nothing was set there; empty: the default."""
    system: str = ""
    """JSON: the system's value, where a 0 means that one."""


class Detail(Message, frozen=True, array_like=True, tag=45):
    """All settings of one thing, in the order of the manual."""

    name: str
    rows: tuple[ValueView, ...]
    note: str = ""
    """What a person who looks at it must know besides."""
