"""May this client hand in that mail? The whole decision, before any data.

Theory:
    Facts are gathered at MAIL (`Case`): what the IP filters say of the client, who
    logged in, whether a user was lately at POP3 or IMAP from there, whose address the
    reverse-path is, the settings. `judge_sender` answers MAIL, `decide` answers RCPT.

    A client is *known* when it logged in, or by a fresh POP3 or IMAP login from its
    address, where logins are asked for, of the very user it sends as (TRUST G10).
    It may relay when it is known, trusted, or flagged for it. Mail for users here is
    everybody's to bring.

        asks for logins: SMTP authentication "required", or a method for sending
        lets by without: trusted, flagged "no authentication required", known

Rules:
    What came from a system of the cluster goes on to none: it looked the recipient up
    already, so mail never goes round among them (DECISIONS 2).
    Nobody else relays: whatever form an address takes, only its domain counts
    (TRUST B6), and no reverse-path gives a right by itself, because it is easily
    forged (DECISIONS 7). The flag "no authentication required" alone does not relay.
    A user who logged in sends as one of the own addresses, aliases and tagged forms
    included, or with the null reverse-path, as notifications must (TRUST B10).
    A submission port is for people who are known, trusted or flagged; port 25 takes
    the world's mail for recipients here, whatever is asked of others (DECISIONS 6).

Standards:
    RFC 5321 §3.6.1, §7.7; RFC 6409 §4.3, §6.1; RFC 4954 §6 (530).

Manual: 4.3, 5.4; DECISIONS 6, 7, 10, 15.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from mailmax.base.result import Accepted, Decision, Deferral, Reason, Refusal
from mailmax.policy.access import PERMITTED, Access

SmtpAuth = Literal["none", "allowed", "required"]
SendingAuth = Literal["none", "auth", "pop_before_smtp"]

_YES = Accepted()
_BANNED = Refusal(Reason.CLIENT_BANNED)
_LOG_IN = Refusal(Reason.AUTHENTICATION_REQUIRED)
_NO_RELAY = Refusal(Reason.RELAY_DENIED)
_NOT_YOURS = Refusal(Reason.SENDER_NOT_ALLOWED)
_UNKNOWN = Refusal(Reason.UNKNOWN_USER)
_DISABLED = Refusal(Reason.USER_DISABLED)
_SILENT = Deferral(Reason.MEMBER_SILENT)


class Login(Enum):
    """Who has logged in over this connection."""

    NONE = auto()
    OK = auto()
    """A user who may receive and send."""
    DISABLED = auto()
    """Disabled meanwhile: as nobody."""
    BLANK = auto()
    """Without a password, which never counts for sending (DECISIONS 15)."""
    NOT_NEEDED = auto()
    """Nobody; but the reverse-path is a user's who need not (DECISIONS 10)."""


class Lately(Enum):
    """Who was lately at POP3 or IMAP from the client's address."""

    NOBODY = auto()
    EXPIRED = auto()
    """Somebody, too long ago."""
    SOMEBODY = auto()
    """Another user than the reverse-path's: a neighbour behind the same address."""
    OWNER = auto()
    """The very user whose address the reverse-path is."""


class From(Enum):
    """Whose address the reverse-path is."""

    NULL = auto()
    USER = auto()
    """A user's here; of one who logged in: the own."""
    FOREIGN = auto()
    """Another user's than who logged in."""
    UNKNOWN = auto()
    """Nobody's in a domain of ours."""
    REMOTE = auto()


class To(Enum):
    """What a recipient is to us."""

    USER = auto()
    """A user here, by whatever name: alias, tag, catch-all, trap."""
    DISABLED = auto()
    UNKNOWN = auto()
    """Nobody in a domain of ours."""
    PASSED_ON = auto()
    """In a domain that we take mail for and pass it on: backup, ETRN, relay."""
    ON_MEMBER = auto()
    """A user on another system of the cluster."""
    UNSURE = auto()
    """Perhaps a user on one that is silent."""
    REMOTE = auto()


@dataclass(frozen=True, slots=True)
class SendingRules:
    """What is set for who may send."""

    smtp_auth: SmtpAuth = "allowed"
    sending_authentication: SendingAuth = "none"
    local_sender_needed: bool = False

    @property
    def ask_for_login(self) -> bool:
        """Required in either wins (DECISIONS 6)."""
        return self.smtp_auth == "required" or self.sending_authentication != "none"


_USUAL = SendingRules()


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is known at MAIL."""

    access: Access = PERMITTED
    login: Login = Login.NONE
    lately: Lately = Lately.NOBODY
    sender: From = From.REMOTE
    rules: SendingRules = _USUAL
    submission: bool = False
    """The port is for users' mail (587, 465)."""

    @property
    def logged_in(self) -> bool:
        """A login counts."""
        return self.login is Login.OK and self.rules.smtp_auth != "none"

    @property
    def is_known(self) -> bool:
        """It is somebody of ours."""
        if self.logged_in:
            return True
        if self.lately is not Lately.OWNER:
            return False
        return self.rules.ask_for_login or self.login is Login.NOT_NEEDED

    @property
    def is_from_member(self) -> bool:
        """Another system of the cluster looked the recipient up already."""
        return self.access.is_member and not self.is_known

    @property
    def must_log_in(self) -> bool:
        """Nothing goes out, or on a submission port in, before a login."""
        asked = self.submission or self.rules.ask_for_login
        return asked and not self.access.needs_no_login and not self.is_known


def judge_sender(case: Case) -> Decision:
    """Decide on MAIL."""
    if case.access.is_banned:
        return _BANNED
    if case.submission and case.must_log_in:
        return _LOG_IN
    if case.logged_in and case.sender not in (From.USER, From.NULL):
        return _NOT_YOURS
    return _YES


def decide(case: Case, recipient: To) -> Decision:
    """Decide on RCPT."""
    decision = judge_sender(case)
    if not isinstance(decision, Accepted):
        return decision
    match recipient:
        case To.PASSED_ON:
            return _NO_RELAY if case.access.local_only else _YES
        case To.ON_MEMBER:
            return _UNKNOWN if case.is_from_member else _YES
        case To.REMOTE:
            return _may_send_out(case)
        case _:
            return _FROM_ANYBODY[recipient]


_FROM_ANYBODY: Mapping[To, Decision] = {
    To.USER: _YES,
    To.DISABLED: _DISABLED,
    To.UNKNOWN: _UNKNOWN,
    To.UNSURE: _SILENT,
}


def _may_send_out(case: Case) -> Decision:
    access = case.access
    if access.local_only:
        return _NO_RELAY
    if case.must_log_in:
        return _LOG_IN
    if not (access.may_relay or case.is_known):
        return _NO_RELAY
    local = case.sender not in (From.UNKNOWN, From.REMOTE)
    return _YES if local or not case.rules.local_sender_needed else _NOT_YOURS
