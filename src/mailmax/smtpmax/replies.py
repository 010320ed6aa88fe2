"""What SMTPMax says: reasons and failures in the words of SMTP.

Rules:
    Every reason that can meet a client here has a row (a test walks them). Whatever
    keeps a login out that a stranger could learn something from has one answer
    (TRUST G3).

Standards:
    RFC 5321 §4.2.3, RFC 3463, RFC 4954 §6 (login replies).
"""

from collections.abc import Mapping

from mailmax.base.errors import Failure, PermanentFailure, StorageFull
from mailmax.base.result import Deferral, Reason, Refusal
from mailmax.wire.smtp.replies import Reply

_WRONG = Reply(535, "5.7.8", "Wrong name or password")

REPLIES: Mapping[Reason, Reply] = {
    Reason.UNKNOWN_USER: Reply(550, "5.1.1", "No such user here"),
    Reason.USER_DISABLED: Reply(550, "5.2.1", "Mailbox disabled"),
    Reason.RELAY_DENIED: Reply(550, "5.7.1", "Relaying denied"),
    Reason.MAILBOX_FULL: Reply(552, "5.2.2", "Mailbox full"),
    Reason.MESSAGE_TOO_LARGE: Reply(552, "5.3.4", "Message too large"),
    Reason.TOO_MANY_RECIPIENTS: Reply(452, "4.5.3", "Too many recipients"),
    Reason.SENDER_NOT_ALLOWED: Reply(553, "5.7.1", "Not your address"),
    Reason.SENDER_BANNED: Reply(550, "5.7.1", "Mail from this sender is refused"),
    Reason.CLIENT_BANNED: Reply(554, "5.7.1", "Connections from there are refused"),
    Reason.AUTHENTICATION_REQUIRED: Reply(530, "5.7.0", "Log in first"),
    Reason.AUTHENTICATION_FAILED: _WRONG,
    Reason.ENCRYPTION_REQUIRED: Reply(538, "5.7.11", "Use STARTTLS first"),
    Reason.TOO_MANY_ATTEMPTS: Reply(454, "4.7.0", "Too many attempts, try later"),
    Reason.TOO_MANY_CONNECTIONS: Reply(421, "4.7.0", "Too many connections"),
    Reason.TOO_MANY_HOPS: Reply(554, "5.4.6", "Too many hops, this mail loops"),
    Reason.HUB_AWAY: Reply(451, "4.3.0", "Not possible now, try again later"),
    Reason.STORE_TROUBLE: Reply(451, "4.3.0", "The message could not be stored"),
    Reason.STORAGE_FULL: Reply(452, "4.3.1", "No space left, try again later"),
    Reason.FILER_BEHIND: Reply(451, "4.3.2", "Too busy, try again later"),
    Reason.SERVICE_SUSPENDED: Reply(450, "4.2.1", "Mail for it is suspended"),
    Reason.CLIENT_LISTED: Reply(550, "5.7.1", "Your address is on a block list"),
    Reason.CLIENT_NAMELESS: Reply(550, "5.7.25", "Your address has no name in the DNS"),
    Reason.CLIENT_NAME_UNSURE: Reply(451, "4.4.3", "Your name cannot be looked up now"),
    Reason.SENDER_DOMAIN_UNKNOWN: Reply(550, "5.1.8", "The sender's domain is unknown"),
    Reason.SENDER_DOMAIN_NO_MAIL: Reply(
        550, "5.7.27", "The sender's domain takes no mail"
    ),
    Reason.SENDER_DOMAIN_UNSURE: Reply(
        451, "4.1.8", "The sender's domain cannot be looked up now"
    ),
    Reason.TARPITTED: Reply(421, "4.7.0", "Too many unknown recipients, try later"),
    Reason.SESSION_OVER: Reply(421, "4.5.3", "Enough for one session, connect again"),
    Reason.SESSION_LIMIT: Reply(452, "4.5.3", "Too much for one session"),
    Reason.DAILY_LIMIT: Reply(452, "4.7.1", "Your limit for today is reached"),
    Reason.HOLD_TOO_LONG: Reply(501, "5.5.4", "Mail is not held for so long"),
    Reason.TOO_LATE: Reply(554, "5.4.7", "Too late for when it was to be there"),
    Reason.INFECTED: Reply(554, "5.7.1", "A virus was found in it"),
    Reason.SCANNER_AWAY: Reply(
        451, "4.3.0", "It cannot be looked at for viruses now, try again later"
    ),
    Reason.NOT_SCANNABLE: Reply(554, "5.7.1", "It cannot be looked at for viruses"),
    Reason.MEMBER_SILENT: Reply(451, "4.4.3", "Not known now, try again later"),
}
"""Every reason but those of other protocols."""

LOGIN_REPLIES: Mapping[Reason, Reply] = {
    Reason.AUTHENTICATION_FAILED: _WRONG,
    Reason.UNKNOWN_USER: _WRONG,
    Reason.USER_DISABLED: _WRONG,
    Reason.AUTHENTICATION_REQUIRED: _WRONG,
    Reason.ENCRYPTION_REQUIRED: REPLIES[Reason.ENCRYPTION_REQUIRED],
    Reason.TOO_MANY_ATTEMPTS: REPLIES[Reason.TOO_MANY_ATTEMPTS],
    Reason.SERVICE_SUSPENDED: Reply(
        454, "4.7.0", "Sending is suspended for the domain"
    ),
}
LOGIN_LATER = Reply(454, "4.7.0", "Logins cannot be checked now, try again later")

NO_TLS = Reply(454, "4.7.0", "TLS is not available now")
TROUBLE = Reply(421, "4.3.0", "Something broke here, try again later")
TIMEOUT = Reply(421, "4.4.2", "Time is over")
STOPPING = Reply(421, "4.3.2", "The service is closed")
PASSWORD_CHANGED = Reply(421, "4.7.0", "The password was changed, log in again")
TARPITTED = REPLIES[Reason.TARPITTED]
BANNED = REPLIES[Reason.CLIENT_BANNED]
TOO_MANY = REPLIES[Reason.TOO_MANY_CONNECTIONS].encode()


def reply_to(decision: Refusal | Deferral) -> Reply:
    """Put a decision into words; a detail stands in their place."""
    reply = REPLIES[decision.reason]
    if decision.detail:
        return Reply(reply.code, reply.enhanced, decision.detail)
    return reply


def failure_reply(failure: Failure) -> Reply:
    """Put a failure of store or hub into words."""
    if isinstance(failure, StorageFull):
        return REPLIES[Reason.STORAGE_FULL]
    if isinstance(failure, PermanentFailure):
        return Reply(554, "5.3.0", failure.text)
    return REPLIES[Reason.STORE_TROUBLE]


def login_refusal(reason: str) -> Reply:
    """Put the hub's reason into words; one that is not known here is the hub's."""
    known = Reason.__members__.get(reason)
    return LOGIN_REPLIES.get(known, LOGIN_LATER) if known is not None else LOGIN_LATER
