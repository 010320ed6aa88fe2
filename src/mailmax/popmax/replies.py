"""What POPMax says: reasons and failures in the words of POP3.

Rules:
    Every cause for which a login may be refused, and that a stranger could learn
    something from, has the same answer (TRUST G3). Failures keep their cause.

Standards:
    RFC 2449 §8.1, RFC 3206 §3-§4 (response codes).
"""

from collections.abc import Mapping

from mailmax.base.errors import Failure, PermanentFailure
from mailmax.base.result import Reason
from mailmax.wire.pop3.replies import Code

Words = tuple[str, Code]

_WRONG: Words = ("Wrong name or password", Code.AUTH)
_LATER: Words = ("Logins cannot be checked now, try again later", Code.SYS_TEMP)

REFUSALS: Mapping[Reason, Words] = {
    Reason.AUTHENTICATION_FAILED: _WRONG,
    Reason.UNKNOWN_USER: _WRONG,
    Reason.USER_DISABLED: _WRONG,
    Reason.AUTHENTICATION_REQUIRED: _WRONG,
    Reason.ENCRYPTION_REQUIRED: ("Not on a line in the clear", Code.NONE),
    Reason.TOO_MANY_ATTEMPTS: ("Too many attempts, try again later", Code.SYS_TEMP),
    Reason.CLIENT_BANNED: ("Connections from there are refused", Code.SYS_PERM),
    Reason.TOO_MANY_CONNECTIONS: ("Too many connections", Code.SYS_TEMP),
    Reason.MAILDROP_IN_USE: ("Maildrop in use by another session", Code.IN_USE),
    Reason.HUB_AWAY: _LATER,
    Reason.SERVICE_SUSPENDED: ("POP3 is suspended, try again later", Code.SYS_TEMP),
    Reason.STORE_TROUBLE: ("The maildrop cannot be read now", Code.SYS_TEMP),
}
"""Everything that can keep a client out."""

NO_SUCH_MESSAGE = "No such message"
NOT_REMOVED: Words = ("Some deleted messages were not removed", Code.SYS_TEMP)
TROUBLE: Words = ("Something broke here, try again later", Code.SYS_TEMP)
STOPPING: Words = ("The service is closed", Code.SYS_TEMP)
CHANGED: Words = ("The password was changed; log in again", Code.AUTH)
FREED: Words = ("An administrator freed the mailbox; log in again", Code.SYS_TEMP)
TOO_MANY = b"-ERR [SYS/TEMP] Too many connections\r\n"
NO_TLS = "TLS is not available now"


def refusal(reason: str) -> Words:
    """Put the hub's reason into words; one that is not known here is the hub's."""
    known = Reason.__members__.get(reason)
    return REFUSALS.get(known, _LATER) if known is not None else _LATER


def failure_words(failure: Failure) -> Words:
    """Put a failure of the store into words."""
    permanent = isinstance(failure, PermanentFailure)
    return failure.text, Code.SYS_PERM if permanent else Code.SYS_TEMP
