"""The summary of a system at the terminal (HUB-6, manual 2.2)."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from mailmax.hub.contract.presence import Status
from mailmax.hub.contract.summary import UNLIMITED, Limits, Summary

COLUMNS: Final = ("Limit", "Used", "Allowed")
_INSTANCES: Final = {
    "smtpmax": "SMTPMax instances",
    "popmax": "POPMax instances",
    "imapmax": "IMAPMax instances",
    "queuemax": "QueueMax instances",
}


def lines_of(summary: Summary) -> Iterator[str]:
    """Yield what is set, a line each."""
    flags = summary.flags
    yield f"host {summary.host}, queue directory {summary.queue_directory}"
    yield ", ".join(
        (
            f"own name servers {_switch(flags.dns_overrides)}",
            f"sending needs a local sender {_switch(flags.local_sender_needed)}",
            f"SMTP authorization {flags.smtp_authorization}",
            f"remote administration {_switch(flags.remote_administration)}",
            f"open-relay check {_switch(flags.open_relay_check)}",
        )
    )


def limits_of(status: Status, limits: Limits) -> list[tuple[object, ...]]:
    """Return a line of `COLUMNS` for each limit."""
    running = Counter(service.role for service in status.services)
    rows = [("users", status.users, limits.users)]
    for role, label in _INSTANCES.items():
        rows.append((label, running[role], getattr(limits, role)))
    checks = ("users with the virus check", status.checked_users)
    rows.append((*checks, limits.user_virus_checks))
    return [
        (label, used, "unlimited" if allowed == UNLIMITED else allowed)
        for label, used, allowed in rows
    ]


def _switch(on: bool) -> str:  # noqa: FBT001 - a plain switch
    return "on" if on else "off"
