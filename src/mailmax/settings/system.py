"""Global settings: the same for every service, kept in the database (manual 4).

Theory:
    One `Field` a setting, in the order of the manual. The hub checks a new value with
    it, the tables carry its value as JSON, `hub.tables.setting(key)` gives it back.
    Only settings that act stand here.

Manual: 4.1, 4.3, 4.4, 4.5, 4.6.
"""

from collections.abc import Mapping

from mailmax.base.units import DAY_S, GIB, MIB
from mailmax.settings.domain import BLANK_PASSWORDS, HOUSEKEEPING, MOST_DAYS
from mailmax.settings.field import Field
from mailmax.settings.kinds import (
    boolean,
    choice,
    domain_name,
    mail_address,
    name_servers,
    number,
    octets,
    optional,
    smart_host,
)
from mailmax.settings.local import HIGHEST_PORT, STANDARD_PORTS

SENDING_AUTHENTICATIONS = ("none", "auth", "pop_before_smtp")
SMTP_AUTHS = ("none", "allowed", "required")

DELETE_WAYS = ("database", "archive", "remove")

_FIELDS = (
    Field(
        key="hostname",
        label="Host name",
        default="",
        check=optional(domain_name),
        help="Name that services greet with and write into Received. Empty: the name "
        "of each computer.",
        manual="4.1",
    ),
    Field(
        key="default_domain",
        label="Default domain",
        default="",
        check=optional(domain_name),
        help="Domain of login names that are given without one, where the listening "
        "address has none of its own.",
        manual="5.1",
    ),
    Field(
        key="postmaster",
        label="Postmaster",
        default="",
        check=optional(mail_address),
        help="Address that mail for the bare postmaster and reports about trouble go "
        "to. Empty: postmaster at the default domain.",
        manual="4.4",
    ),
    Field(
        key="datamax_timeout_s",
        label="DataMax timeout",
        default=120,
        check=number(5, DAY_S),
        help="How long DataMax may be silent before services stop, and a service "
        "before DataMax drops it.",
        manual="4.1",
        unit="seconds",
    ),
    Field(
        key="housekeeping",
        label="Default housekeeping method",
        default="disabled",
        check=choice(*HOUSEKEEPING),
        help="What Housekeeping does once a day where domain and user say nothing. "
        "disabled: nothing. messages_by_age: it deletes mail that came longer ago "
        "than the days. users_by_age: it deletes users who did not log in for so "
        "long, but no administrators, postmasters, disabled users, traps, targets of "
        "catch-all, monitor and forwards, and who forwards.",
        manual="4.1",
        choices=HOUSEKEEPING,
    ),
    Field(
        key="housekeeping_days",
        label="Days to wait",
        default=0,
        check=number(0, MOST_DAYS),
        help="The days of housekeeping. 0: nothing is ever too old.",
        manual="4.1",
        unit="days",
    ),
    Field(
        key="housekeeping_hour",
        label="Quiet hour",
        default=3,
        check=number(0, 23),
        help="When Housekeeping begins, by the clock of the computer it runs on.",
        manual="4.1",
    ),
    Field(
        key="housekeeping_spares_flagged",
        label="Spare flagged messages",
        default=True,
        check=boolean,
        help="Never delete by age what a user has flagged, nor drafts.",
        manual="4.1",
    ),
    Field(
        key="housekeeping_way",
        label="Mail of users by age",
        default="archive",
        check=choice(*DELETE_WAYS),
        help="What becomes of the mail of users who are deleted by age: database: the "
        "files stay where they are; archive: they are put away under the date; "
        "remove: they are removed after the days of grace.",
        manual="7.7",
        choices=DELETE_WAYS,
    ),
    Field(
        key="password_keeping",
        label="User passwords",
        default="hashed",
        check=choice("hashed", "encrypted", "clear"),
        help="How a password is kept from its next change or login on. hashed: as "
        "Argon2id, the safest. encrypted: a copy beside the hash, under a key outside "
        "the database, so that APOP works with the password itself. clear: as it is, "
        "for whoever reads the database to see; leave it alone.",
        manual="4.1",
        choices=("hashed", "encrypted", "clear"),
    ),
    Field(
        key="blank_passwords",
        label="Blank passwords",
        default="disable",
        check=choice(*BLANK_PASSWORDS),
        help="What users without a password may do. disable: not log in. fill: the "
        "next one given to POP3 or IMAP, by whoever comes first, becomes the password. "
        "none: any password will do, from trusted addresses only and never to send.",
        manual="4.1",
        choices=BLANK_PASSWORDS,
    ),
    Field(
        key="offer_apop",
        label="Offer APOP",
        default=False,
        check=boolean,
        help="Let POP3 clients log in by APOP, without TLS too: a digest goes over the "
        "line in place of the password. Only for users with an APOP secret of their "
        "own (mailmax user apop). TLS protects better: leave it off where clients "
        "have TLS.",
        manual="4.5.1",
    ),
    Field(
        key="delete_grace_days",
        label="Days of grace",
        default=7,
        check=number(0, 3650),
        help="How long the files of users and domains that were deleted completely "
        "are kept before Housekeeping removes them. 0: not at all.",
        manual="6.6",
        unit="days",
    ),
    Field(
        key="smart_host_on",
        label="Use a smart host",
        default=False,
        check=boolean,
        help="Send all mail that is not local to the smart host, without looking up "
        "its way.",
        manual="4.1",
    ),
    Field(
        key="smart_host",
        label="Smart host",
        default="",
        check=optional(smart_host),
        help="Name or IP address that takes all outbound mail; a port may follow.",
        manual="4.1",
    ),
    Field(
        key="connections_per_address",
        label="Connections an address",
        default=50,
        check=number(1, 100_000),
        help="How many connections one client address may have to each service; more "
        "are told so and closed. Trusted addresses may have any number.",
        manual="4.3",
    ),
    Field(
        key="smtp_port",
        label="SMTP port",
        default=STANDARD_PORTS["smtp"],
        check=number(1, HIGHEST_PORT),
        help="Where SMTP services listen whose own port is 0. The base port of each "
        "computer (mailmax.toml) is added.",
        manual="4.3",
    ),
    Field(
        key="smtp_connections",
        label="SMTP connections",
        default=5_000,
        check=number(1, 100_000),
        help="How many clients SMTPMax serves at the same time; more are told so and "
        "closed.",
        manual="4.3",
    ),
    Field(
        key="message_limit_octets",
        label="Message limit",
        default=50 * MIB,
        check=octets(64 * 1024, GIB),
        help="The largest message that is taken; k, M and G are understood.",
        manual="4.3",
        unit="octets",
    ),
    Field(
        key="sending_authentication",
        label="SMTP authentication: method",
        default="none",
        check=choice(*SENDING_AUTHENTICATIONS),
        help="What clients must do before they send to other hosts. none: log in, or "
        "come from a trusted address; auth: log in, and who does not is told so; "
        "pop_before_smtp: log in, or have used POP or IMAP from the same address a "
        "moment ago. Mail for users here is taken on port 25 without; ports for "
        "submission always ask for a login.",
        manual="4.3",
        choices=SENDING_AUTHENTICATIONS,
    ),
    Field(
        key="smtp_auth",
        label="SMTP authentication",
        default="allowed",
        check=choice(*SMTP_AUTHS),
        help="none: a login is not offered and does not count; allowed: clients may "
        "log in; required: as auth above.",
        manual="4.3",
        choices=SMTP_AUTHS,
    ),
    Field(
        key="local_sender_needed",
        label="Sending needs a local sender",
        default=False,
        check=boolean,
        help="Trusted addresses too send to other hosts only from an address of a "
        "user here, or with the null reverse-path. Who logs in does so always.",
        manual="4.3",
    ),
    Field(
        key="trap_ban_days",
        label="Days of a spam trap's ban",
        default=30,
        check=number(0, 3650),
        help="How long the sender of mail to a spam trap is banned, where that is "
        "switched on. 0: for ever.",
        manual="5.3",
        unit="days",
    ),
    Field(
        key="outbound_connections",
        label="Outbound connections",
        default=100,
        check=number(1, 10_000),
        help="How many connections send fresh mail at the same time, to all hosts.",
        manual="4.4",
    ),
    Field(
        key="retry_connections",
        label="Connections for retries",
        default=20,
        check=number(1, 10_000),
        help="How many connections try mail again that failed before; they are not "
        "taken from those for fresh mail.",
        manual="4.4",
    ),
    Field(
        key="retry_minutes",
        label="Retry interval",
        default=15,
        check=number(1, 1440),
        help="How long mail that could not be sent waits for each of the first tries. "
        "Mail that waits already is tried when it was to be.",
        manual="4.4",
        unit="minutes",
    ),
    Field(
        key="retries",
        label="Retries",
        default=8,
        check=number(0, 1000),
        help="How many of those tries there are. Then the sender is told that the mail "
        "is late.",
        manual="4.4",
    ),
    Field(
        key="resend_hours",
        label="Resend interval",
        default=4,
        check=number(1, 168),
        help="How long mail waits for each of the tries after that.",
        manual="4.4",
        unit="hours",
    ),
    Field(
        key="resends",
        label="Resends",
        default=28,
        check=number(0, 1000),
        help="How many of those there are. Then the mail is returned to its sender.",
        manual="4.4",
    ),
    Field(
        key="pop_port",
        label="POP3 port",
        default=STANDARD_PORTS["pop3"],
        check=number(1, HIGHEST_PORT),
        help="Where POP3 services listen whose own port is 0. The base port of each "
        "computer (mailmax.toml) is added.",
        manual="4.5.1",
    ),
    Field(
        key="pop_connections",
        label="POP3 connections",
        default=5_000,
        check=number(1, 100_000),
        help="How many clients POPMax serves at the same time; more are told so and "
        "closed.",
        manual="4.5.1",
    ),
    Field(
        key="imap_port",
        label="IMAP4 port",
        default=STANDARD_PORTS["imap"],
        check=number(1, HIGHEST_PORT),
        help="Where IMAP4 services listen whose own port is 0. The base port of each "
        "computer (mailmax.toml) is added.",
        manual="4.5.3",
    ),
    Field(
        key="imap_connections",
        label="IMAP4 connections",
        default=10_000,
        check=number(1, 100_000),
        help="How many clients IMAPMax serves at the same time; more are told so and "
        "closed.",
        manual="4.5.3",
    ),
    Field(
        key="name_servers",
        label="Name servers",
        default=[],
        check=name_servers,
        help="Asked in place of the system's own, in this order; a port may follow. "
        "Empty: the system's.",
        manual="4.6",
    ),
)

SYSTEM_SETTINGS: Mapping[str, Field] = {field.key: field for field in _FIELDS}
