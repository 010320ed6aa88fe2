"""Reasons and failures in IMAP's words.

Rules:
    Every `Reason` has a row (a test walks them); one text for all that a stranger
    could learn something from.

Standards:
    RFC 5530 (response codes).
"""

from dataclasses import dataclass

from mailmax.base.errors import Failure, StorageFull, TemporaryFailure
from mailmax.base.result import Reason


@dataclass(frozen=True, slots=True)
class No:
    """Words and response code of a NO."""

    text: str
    code: str = ""


_FAILED = No("Authentication failed", "AUTHENTICATIONFAILED")
_LATER = No("Temporary failure, please try again", "UNAVAILABLE")

REASONS: dict[Reason, No] = {
    Reason.UNKNOWN_USER: _FAILED,
    Reason.USER_DISABLED: _FAILED,
    Reason.RELAY_DENIED: No("Not allowed", "NOPERM"),
    Reason.MAILBOX_FULL: No("The mailbox is full", "OVERQUOTA"),
    Reason.MESSAGE_TOO_LARGE: No("The message is too large", "TOOBIG"),
    Reason.TOO_MANY_RECIPIENTS: No("Too many recipients", "LIMIT"),
    Reason.SENDER_NOT_ALLOWED: No("Not allowed", "NOPERM"),
    Reason.SENDER_BANNED: No("Not allowed", "NOPERM"),
    Reason.CLIENT_BANNED: No("Connections from there are refused", "NOPERM"),
    Reason.AUTHENTICATION_REQUIRED: No("Log in first", "AUTHENTICATIONFAILED"),
    Reason.AUTHENTICATION_FAILED: _FAILED,
    Reason.ENCRYPTION_REQUIRED: No("Use TLS first", "PRIVACYREQUIRED"),
    Reason.TOO_MANY_ATTEMPTS: No("Too many attempts, try later", "LIMIT"),
    Reason.TOO_MANY_CONNECTIONS: No("Too many connections", "LIMIT"),
    Reason.MAILDROP_IN_USE: No("The mailbox is in use", "INUSE"),
    Reason.TOO_MANY_HOPS: No("The message loops", "CANNOT"),
    Reason.HUB_AWAY: _LATER,
    Reason.STORE_TROUBLE: _LATER,
    Reason.STORAGE_FULL: No("The disk is full", "OVERQUOTA"),
    Reason.FILER_BEHIND: _LATER,
    Reason.MEMBER_SILENT: _LATER,
    Reason.SERVICE_SUSPENDED: No("This service is suspended", "UNAVAILABLE"),
}

BAD_NAME = No("A mailbox cannot have this name", "CANNOT")
BANNED = REASONS[Reason.CLIENT_BANNED]
FULL = REASONS[Reason.MAILBOX_FULL]
READ_ONLY = No("The mailbox is read-only", "READ-ONLY")
TRY_CREATE = No("No such mailbox", "TRYCREATE")
IN_USE = No("The account is in use just now, please try again", "INUSE")


def of_reason(name: str) -> No:
    """Return the words for a reason that came by name (from the hub)."""
    try:
        return REASONS[Reason[name]]
    except KeyError:
        return _FAILED


def of_failure(failure: Failure) -> No:
    """Return the words for something that did not work."""
    if isinstance(failure, StorageFull):
        return REASONS[Reason.STORAGE_FULL]
    if isinstance(failure, TemporaryFailure):
        return No(failure.text, "UNAVAILABLE")
    return No(failure.text, "CANNOT")
