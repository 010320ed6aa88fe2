"""What all sessions of one SMTPMax share."""

import asyncio
import itertools
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from mailmax.base.units import HOUR_S, MIB, MINUTE_S
from mailmax.hub.members import LoggedIn, Members
from mailmax.hub.porter import Meet, let_in
from mailmax.net.children.runner import Programs
from mailmax.observe.counters import Counters
from mailmax.observe.dialogue import Watching, smtp_error
from mailmax.smtpmax.ban_hits import BanHits
from mailmax.smtpmax.etrn import EtrnDesk
from mailmax.smtpmax.inquiries import Inquiries
from mailmax.smtpmax.ports import Hub, UsageSource
from mailmax.smtpmax.recipient_check import RecipientChecks
from mailmax.smtpmax.scanning import Places
from mailmax.smtpmax.unfiled_mail import Unfiled
from mailmax.store.spool.group import GroupCommit
from mailmax.wire.smtp.answers import Limits
from mailmax.wire.smtp.replies import Reply


def watched_by_nobody() -> Watching:
    """Return a trace of SMTPMax that somebody may come to."""
    return Watching("smtpmax", smtp_error)


@dataclass(frozen=True, slots=True)
class Options:
    """How this SMTPMax behaves."""

    meet: Meet = let_in
    """Says what holds for a client before it is greeted."""
    bans_trap_senders: bool = False
    """Who writes to a spam trap is banned, where the connection does not say."""
    lag_limit_octets: int = 512 * MIB
    """How far the filer may be behind before new mail is put off."""
    limits: Limits = field(default=Limits())
    login_idle_s: float = 60.0
    """How long a client may be silent before login on submission ports."""
    data_idle_s: float = 180.0
    """RFC 5321 §4.5.3.2.5: at least three minutes between blocks of data."""
    slow_s: float = 1.0
    """How long an answer waits once a client has made many errors."""
    longest_login_delay_s: float = 15.0
    watching: Watching = field(default_factory=watched_by_nobody)
    """Who watches the sessions."""


class Member(LoggedIn, Protocol):
    """A session, as the service sees it."""

    def end(self, words: Reply) -> None:
        """End at the next command boundary."""

    def consider_watchers(self) -> None:
        """Begin to tell of itself, or stop."""


@dataclass(slots=True)
class Room:
    """Collaborators, and who is here."""

    hub: Hub
    commits: GroupCommit
    usage: UsageSource
    options: Options
    tls: ssl.SSLContext | None
    inquiries: Inquiries
    """What is asked of the DNS."""
    counters: Counters = field(default_factory=Counters)
    programs: Programs | None = None
    """Runs the external virus check."""
    ban_hits: BanHits = field(init=False)
    etrn: EtrnDesk = field(init=False)
    recipient_checks: RecipientChecks = field(init=False)
    """Those of domains whose mail is passed on."""
    unfiled: Unfiled = field(init=False)
    places: Places = field(default_factory=Places)
    """At the virus scanner."""
    troubles: dict[str, str] = field(default_factory=dict)
    """What failed when it was used last, and how; for the status."""
    on_trouble: Callable[[], object] = bool
    """Called when `troubles` has changed."""
    loop: asyncio.AbstractEventLoop = field(init=False)
    members: Members[Member] = field(default_factory=Members)
    _mails: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _prefix: str = field(default_factory=lambda: secrets.token_hex(5))

    def __post_init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.ban_hits = BanHits(self.hub)
        self.etrn = EtrnDesk(self.hub)
        self.recipient_checks = RecipientChecks(self.hub)
        spool = self.commits.spool
        self.unfiled = Unfiled(lambda: spool.passed)

    def note_trouble(self, what: str, why: str) -> None:
        """Remember how something failed; empty: it works."""
        if why == self.troubles.get(what, ""):
            return
        self.troubles[what] = why
        if not why:
            del self.troubles[what]
        self.on_trouble()

    @property
    def command_idle_s(self) -> float:
        """How long a client may be silent (RFC 5321 §4.5.3.2.7: five minutes)."""
        return float(self.hub.tables.setting("smtp_timeout_minutes")) * MINUTE_S

    @property
    def longest_hold_s(self) -> int:
        """How long a message may be held; 0: not at all."""
        return int(self.hub.tables.setting("longest_hold_hours")) * HOUR_S

    def next_mail_id(self) -> str:
        """Return an id for one message, different from all of other processes."""
        return f"{self._prefix}.{next(self._mails):x}"
