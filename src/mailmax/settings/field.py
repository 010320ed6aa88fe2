"""Field: one setting, declared once; and the one form of saying that a value is bad.

Theory:
    A `Field` says key, kind, unit, default, bounds, label, help and manual section.
    `decode` makes a value of what a person typed or a file holds, or a `BadValue`
    that names the field, the reason and the cure. The hub's tables, the CLI and
    later the forms read nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from mailmax.base.errors import PermanentFailure


@dataclass(frozen=True, slots=True)
class BadValue:
    """What is wrong with a value, where, and what to do about it."""

    field: str
    reason: str
    cure: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}; {self.cure}"


class BadSettings(PermanentFailure):
    """Settings that cannot be used as they stand."""

    def __init__(self, bad: BadValue, where: str = "") -> None:
        """Keep the parts and make one line of them.

        Args:
            bad: What is wrong.
            where: The file it stands in.
        """
        super().__init__(f"{where}: {bad}" if where else str(bad))
        self.bad = bad


Zero = Literal["", "no_limit", "system", "never", "for_ever", "not_at_all"]
"""What a 0 means where it is not just a number; system: what is set there."""

Checker = Callable[[str, Any], Any | BadValue]
"""Takes the field's key and a raw value; returns the value or what is wrong."""


@dataclass(frozen=True, slots=True)
class Field:
    """The declaration of one setting."""

    key: str
    label: str
    default: Any
    check: Checker
    help: str
    """What it does; in it `` `value` `` is one of the choices, `` `key` `` another
    setting and `` `key=value` `` a choice of that one, as they are typed. Pages show
    the words that they have for them."""
    manual: str = ""
    """Section of the product's manual."""
    unit: str = ""
    choices: tuple[str, ...] = ()
    """The words it may be, where it is one of a few."""
    inherits: str = ""
    """Key of the setting one scope above (user, domain, system) that holds where
    nothing is set here: the manual's "use system setting"."""
    is_secret: bool = False
    """Kept sealed, and shown to nobody."""
    warning: str = ""
    """What to think of before it is anything but its default; asked for by commands and
    pages."""
    zero: Zero = ""
    """What a 0 says."""

    def decode(self, raw: Any) -> Any | BadValue:
        """Return the value that `raw` (text or a decoded value) means.

        Args:
            raw: What a person typed, or what a file or the database holds.
        """
        return self.check(self.key, raw)
