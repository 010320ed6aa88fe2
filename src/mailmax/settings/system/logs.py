"""Settings of the log files of SMTPMax, QueueMax, POPMax and IMAPMax.

Manual: 4.3.1, 4.4.1, 4.5.2, 4.5.4.
"""

from collections.abc import Mapping
from typing import Final

from mailmax.settings.field import Field
from mailmax.settings.kinds import choice, number, words_of

RATES: Final = ("never", "unlimited", "hourly", "daily", "weekly", "monthly")

LOG_NAMES: Final[Mapping[str, str]] = {
    "smtpmax": "smtp",
    "queuemax": "queue",
    "popmax": "pop",
    "imapmax": "imap",
}
"""What each role is called in settings and names of files."""

CATEGORIES: Final[Mapping[str, Mapping[str, str]]] = {
    "smtpmax": {
        "connections": "Connections",
        "commands": "User Entries",
        "conversation": "SMTP Conversation",
        "errors": "Error Messages",
        "logins": "Logins",
        "valid_commands": "Valid SMTP commands",
        "internal": "Internal Processing",
        "banned": "Banned Connections",
        "content": "DATA text",
    },
    "queuemax": {
        "connections": "Connections",
        "activity": "Connection Activity",
        "errors": "Error Messages",
        "conversation": "Full SMTP Conversations",
        "dns": "DNS Activity",
    },
    "popmax": {
        "connections": "Connections",
        "replies": "Outgoing Text",
        "errors": "Error Messages",
        "logins": "Logins",
        "statistics": "Message Statistics",
        "internal": "Internal Traces",
    },
    "imapmax": {
        "connections": "Connections",
        "conversation": "IMAP Transactions",
        "commands": "All User Commands",
        "errors": "Error Messages",
        "logins": "Logins",
        "valid_commands": "Valid IMAP commands",
        "internal": "Internal Traces",
    },
}
"""What each role can write into its log, and the manual's words for it.

Each names a kind of events (`observe.events.kinds`).
"""

CONTENT: Final = "content"
"""Is asked for with an end, not among the others."""

CONTENT_S: Final = 86_400
"""Content of mail is never logged for longer."""


def _rate(name: str, service: str, manual: str) -> Field:
    return Field(
        key=f"{name}_log_rate",
        label=f"{service} log",
        default="never",
        check=choice(*RATES),
        choices=RATES,
        help=f"When the log of {service} begins a new file: `never` (nothing is "
        "logged), `unlimited` (one file), `hourly`, `daily` at midnight, `weekly` "
        "between Saturday and Sunday, `monthly`; by the clock of the computer.",
        manual=manual,
    )


def _events(role: str, service: str, manual: str, *default: str) -> Field:
    words = [word for word in CATEGORIES[role] if word != CONTENT]
    marked = [f"`{word}`" for word in words]
    return Field(
        key=f"{LOG_NAMES[role]}_log_events",
        label=f"{service} events to log",
        default=list(default),
        check=words_of(*words),
        choices=tuple(words),
        help=f"What the log of {service} has: {', '.join(marked)}. What belongs to "
        "several is written once; passwords never are.",
        manual=manual,
    )


FIELDS = (
    _rate("smtp", "SMTPMax", "4.3.1"),
    _events("smtpmax", "SMTPMax", "4.3.1", "connections", "errors", "logins", "banned"),
    Field(
        key="smtp_log_content_until",
        label="Log DATA text until",
        default=0,
        check=number(0, 9_999_999_999),
        help="Until when the content of all inbound mail goes to a file of its own: a "
        "day at most, and only while the log above is written. For looking for a "
        "fault only: it is private mail, and it floods the disk. Commands and the API "
        "take seconds since 1970, UTC (mailmax log content counts them); 0: not at "
        "all.",
        manual="4.3.1",
        unit="moment",
        warning="the full content of every message goes to a file; it is private mail",
        zero="not_at_all",
    ),
    _rate("queue", "QueueMax", "4.4.1"),
    _events("queuemax", "QueueMax", "4.4.1", "connections", "errors"),
    _rate("pop", "POPMax", "4.5.2"),
    _events(
        "popmax", "POPMax", "4.5.2", "connections", "errors", "logins", "statistics"
    ),
    _rate("imap", "IMAPMax", "4.5.4"),
    _events("imapmax", "IMAPMax", "4.5.4", "connections", "errors", "logins"),
    Field(
        key="log_form",
        label="Form of log lines",
        default="text",
        check=choice("text", "json"),
        choices=("text", "json"),
        help="How a line of these logs looks: `text`, for people, or `json`, an object "
        "for programs.",
        manual="9.1",
    ),
    Field(
        key="log_keep_days",
        label="Keep log files",
        default=0,
        check=number(0, 3650),
        help="Log files of former periods are deleted when nothing was written to them "
        "for so long, as soon as a new one begins; 0: never.",
        manual="9.1",
        unit="days",
        zero="never",
    ),
)
