"""What a rule asks of a message: its conditions, one struct for each kind.

Theory:
    They are what the hub carries, the database keeps and forms edit: JSON objects (or
    MessagePack maps) that say their ``kind``. One that was only just chosen has no
    value yet; `check` says so, and `evaluate` takes it as not fulfilled.

    ``between`` has two values and includes both; every other comparison looks at the
    first alone.

Rules:
    Text ignores case, and is sought in what people read, not in how it was encoded
    (`message.readable`).

Manual: 8.1; DECISIONS 24.
"""

from typing import Literal

import msgspec

SizeComparison = Literal[
    "equal",
    "not_equal",
    "less",
    "greater",
    "less_or_equal",
    "greater_or_equal",
    "between",
]
WhenComparison = Literal[
    "on", "not_on", "on_or_before", "before", "on_or_after", "after", "between"
]

Failing = Literal["try_again", "true", "false"]
"""A program that failed: it is tried again later, or counts as one that found, or
as one that did not (DECISIONS 28)."""


class Size(msgspec.Struct, frozen=True, tag_field="kind", tag="size"):
    """How large the message is, its header included."""

    comparison: SizeComparison = "greater"
    octets: int | None = None
    upper_octets: int | None = None


class Date(msgspec.Struct, frozen=True, tag_field="kind", tag="date"):
    """The day on which it arrived, by the clock of the server."""

    comparison: WhenComparison = "on"
    date: str = ""
    """``2024-12-31``."""
    last_date: str = ""


class DayOfWeek(msgspec.Struct, frozen=True, tag_field="kind", tag="day_of_week"):
    """The day of the week on which it arrived; before and after are within a week."""

    comparison: WhenComparison = "on"
    day: int | None = None
    """Sunday is 1, Saturday 7."""
    last_day: int | None = None
    """May be smaller: from Saturday (7) to Monday (2) are three days."""


class Time(msgspec.Struct, frozen=True, tag_field="kind", tag="time"):
    """The minute at which it arrived; before and after are within a day."""

    comparison: WhenComparison = "on"
    time: str = ""
    """``00:00`` to ``23:59``."""
    last_time: str = ""
    """May be smaller: from 22:00 to 06:00 is a night."""


class Header(msgspec.Struct, frozen=True, tag_field="kind", tag="header"):
    """What stands in the fields of one name; any of them is enough."""

    name: str = ""
    """Without a colon."""
    text: str = ""
    """Empty: there is such a field."""
    whole_word: bool = False
    """What stands before and after the text is no letter."""
    does_not_contain: bool = False
    """The opposite: none of the fields has it, or there is none."""


class Body(msgspec.Struct, frozen=True, tag_field="kind", tag="body"):
    """A text in the body: in what is read there, or in the markup around it."""

    text: str = ""
    whole_word: bool = False


class WholeMail(msgspec.Struct, frozen=True, tag_field="kind", tag="whole_mail"):
    """A text in the header or in the body."""

    text: str = ""
    whole_word: bool = False


class AttachmentName(
    msgspec.Struct, frozen=True, tag_field="kind", tag="attachment_name"
):
    """What an attached file is called."""

    text: str = ""
    """``*`` stands for any characters, ``?`` for one. Without them: somewhere in the
    name; with them: the whole name, or whole words of it."""
    whole_word: bool = False


class FileType(msgspec.Struct, frozen=True, tag_field="kind", tag="file_type"):
    """How the name of an attached file ends."""

    extension: str = ""
    """With or without its dot."""


class AnyMessage(msgspec.Struct, frozen=True, tag_field="kind", tag="any_message"):
    """Always fulfilled."""


class ExternalTest(msgspec.Struct, frozen=True, tag_field="kind", tag="external_test"):
    """A program that removes a file: one of the attached, or the message."""

    command: str = ""
    """With ``%F``, the directory of the attached files, or ``%M``, the file of the
    whole message."""
    failing: Failing = "try_again"
    """What it means that it hangs, crashes or cannot be started."""


Condition = (
    Size
    | Date
    | DayOfWeek
    | Time
    | Header
    | Body
    | WholeMail
    | AttachmentName
    | FileType
    | AnyMessage
    | ExternalTest
)
