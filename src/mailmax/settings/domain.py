"""Settings of one domain, in the order of the manual's dialog (6.1, 6.2).

Rules:
    Only settings that act stand here.

Manual: 6.1, 6.2; DECISIONS 4, 5.
"""

from collections.abc import Mapping

from mailmax.settings.field import Field
from mailmax.settings.kinds import (
    boolean,
    choice,
    delivery_address,
    directory,
    mail_address,
    message_size,
    none_or,
    number,
    octets,
    one_line,
    optional,
    secret,
    smart_host,
    words_of,
)

HIGHEST_LIMIT_OCTETS = 1 << 50

DOMAIN_KINDS = ("normal", "clustered", "etrn", "relay", "backup")
OVER_LIMIT_NOTICES = ("none", "percent", "megabytes")
BLANK_PASSWORDS = ("disable", "fill", "none")
SMART_HOST_TLS = ("opportunistic", "required", "implicit")
LONGEST_LOGIN = 200
HOUSEKEEPING = ("disabled", "messages_by_age", "users_by_age")
MOST_DAYS = 36_500
MAIL_SERVICES = ("smtp", "pop3", "imap")
DOMAIN_SERVICES = (*MAIL_SERVICES, "web")
"""What can be suspended."""

_FIELDS = (
    Field(
        key="kind",
        label="Domain type",
        default="normal",
        check=choice(*DOMAIN_KINDS),
        help="`normal`: users have their mail here; `clustered`: users have their mail "
        "here or on another member of the cluster (mailmax cluster); `relay`: mail is "
        "for the server of the delivery address; `backup`: mail is for a better mail "
        "server of the domain; `etrn`: mail is held until its server asks for it "
        "(ETRN). What still waits of these three is filed here when the domain "
        "becomes normal.",
        manual="6.1",
        choices=DOMAIN_KINDS,
    ),
    Field(
        key="mail_root",
        label="Domain directory",
        default="",
        check=optional(directory),
        help="Where the mail of the domain is: the whole path of a directory of its "
        "own, which Housekeeping makes. Empty: below the mail directory of the node. "
        "When it is changed Housekeeping moves the mail; meanwhile the domain's "
        "services pause.",
        manual="6.1",
    ),
    Field(
        key="delivery_address",
        label="Delivery address",
        default="",
        check=delivery_address,
        help="Name or IP address of the server that a relay or ETRN domain's mail is "
        "for; a port may follow. lmtp: in front hands it over by LMTP: lmtp:HOST (port "
        "24), lmtp:HOST:PORT, lmtp:/PATH/OF/SOCKET. Where an ETRN domain has none, "
        "its mail goes to its best mail server in the DNS but this one.",
        manual="6.1",
    ),
    Field(
        key="priority",
        label="Priority",
        default=0,
        check=number(0, 65_535),
        help="Of a backup domain: our preference where DNS does not list us. Only "
        "servers with a lower one get its mail.",
        manual="6.1",
    ),
    Field(
        key="recipient_check",
        label="Recipient check",
        default=False,
        check=boolean,
        help="Of a backup or relay domain: whether its better server is asked, while "
        "the client waits, if it takes a recipient. One that it does not have is "
        "refused at once (550 5.1.1), and no report goes to a forged sender. While it "
        "cannot be asked, every name is taken.",
        manual="6.1",
    ),
    Field(
        key="smart_host_on",
        label="Smart hosting",
        default=False,
        check=boolean,
        help="Whether what the domain's users send to other systems goes to a smart "
        "host: on: to the one below, or the system's where there is none; off: to "
        "none; nothing set: as the system's mail does, by the system's smart host.",
        manual="6.1",
        inherits="smart_host_on",
    ),
    Field(
        key="smart_host",
        label="Smart host address",
        default="",
        check=optional(smart_host),
        help="Name or IP address of that smart host; a port may follow.",
        manual="6.1",
    ),
    Field(
        key="smart_host_tls",
        label="Smart host: encryption",
        default="opportunistic",
        check=choice(*SMART_HOST_TLS),
        help="Of the domain's own smart host; the words are the system's.",
        manual="6.1",
        choices=SMART_HOST_TLS,
    ),
    Field(
        key="smart_host_user",
        label="Smart host: user",
        default="",
        check=one_line(LONGEST_LOGIN),
        help="Who we log in as at the domain's own smart host. Empty: no login.",
        manual="6.1",
    ),
    Field(
        key="smart_host_password",
        label="Smart host: password",
        default="",
        check=secret,
        help="For that login. It is kept encrypted and never shown; - asks for it.",
        manual="6.1",
        is_secret=True,
    ),
    Field(
        key="virus_check",
        label="Enable internal virus check",
        default=True,
        check=boolean,
        help="Of ETRN, relay and backup domains: mail that is passed on is looked at "
        "by the system's virus check, where that is on. Of others: so is the mail to "
        "and from users for whom nothing is set.",
        manual="6.1",
    ),
    Field(
        key="suspended",
        label="Suspended services",
        default=[],
        check=words_of(*DOMAIN_SERVICES),
        help="Services that are stopped for the domain: `smtp` (no mail in, no "
        "submission), `pop3`, `imap`, `web` (signing in to the pages). Commands take "
        "them with commas between.",
        manual="6.2",
        choices=DOMAIN_SERVICES,
    ),
    Field(
        key="box_limit_octets",
        label="Default box size",
        default=0,
        check=octets(0, HIGHEST_LIMIT_OCTETS),
        help="How much mail a user of the domain may have, where the user has no "
        "limit of the own. 0: no limit. k, M and G are understood.",
        manual="6.2",
        unit="octets",
        zero="no_limit",
    ),
    Field(
        key="max_users",
        label="Max user boxes",
        default=0,
        check=number(0, 10_000_000),
        help="How many users the domain may have. 0: no limit.",
        manual="6.2",
        zero="no_limit",
    ),
    Field(
        key="session_octets",
        label="Megabytes a session",
        default=0,
        check=octets(0, HIGHEST_LIMIT_OCTETS),
        help="How much a user of the domain may send in one session. 0: no limit; "
        "nothing set: the system's.",
        manual="6.2",
        unit="octets",
        inherits="session_octets",
        zero="no_limit",
    ),
    Field(
        key="session_messages",
        label="Messages a session",
        default=0,
        check=number(0, 1_000_000),
        help="How many messages a user of the domain may send in one session. 0: no "
        "limit; nothing set: the system's.",
        manual="6.2",
        inherits="session_messages",
        zero="no_limit",
    ),
    Field(
        key="message_limit_octets",
        label="Message limit",
        default=0,
        check=none_or(message_size),
        help="The largest message that a user of the domain may send or get, where "
        "the user has no limit of the own. 0: the system's.",
        manual="6.2",
        unit="octets",
        zero="system",
    ),
    Field(
        key="housekeeping",
        label="Housekeeping",
        default="disabled",
        check=choice(*HOUSEKEEPING),
        help="What is too old in the domain. `messages_by_age`: mail that came longer "
        "ago than the days; `users_by_age`: users who did not log in for so long; "
        "`disabled`: neither; nothing set: the system's.",
        manual="6.2",
        choices=HOUSEKEEPING,
        inherits="housekeeping",
    ),
    Field(
        key="housekeeping_days",
        label="Days",
        default=0,
        check=number(0, MOST_DAYS),
        help="The days of housekeeping. 0: nothing is ever too old; nothing set: the "
        "system's.",
        manual="6.2",
        unit="days",
        inherits="housekeeping_days",
        zero="never",
    ),
    Field(
        key="blank_passwords",
        label="Blank passwords",
        default="disable",
        check=choice(*BLANK_PASSWORDS),
        help="What holds for users of the domain without a password; nothing set: the "
        "system's.",
        manual="6.2",
        choices=BLANK_PASSWORDS,
        inherits="blank_passwords",
    ),
    Field(
        key="over_limit_notice",
        label="Over-limit notice",
        default="none",
        check=choice(*OVER_LIMIT_NOTICES),
        help="Whether users of the domain are told that their boxes are nearly full; "
        "nothing set: the system's.",
        manual="6.2",
        choices=OVER_LIMIT_NOTICES,
        inherits="over_limit_notice",
    ),
    Field(
        key="over_limit_threshold",
        label="Threshold",
        default=10,
        check=number(1, 1_000_000),
        help="Percent or megabytes of that notice; nothing set: the system's.",
        manual="6.2",
        inherits="over_limit_threshold",
    ),
    Field(
        key="catch_all",
        label="Catch-all account",
        default="",
        check=mail_address,
        help="Full address of the user, of any domain here, who gets mail for names "
        "that nobody has.",
        manual="6.2",
    ),
    Field(
        key="monitor",
        label="Monitor account",
        default="",
        check=mail_address,
        help="Full address of the user, of any domain here, who gets a copy of all "
        "mail of the domain, in and out.",
        manual="6.2",
    ),
)

DOMAIN_SETTINGS: Mapping[str, Field] = {field.key: field for field in _FIELDS}
