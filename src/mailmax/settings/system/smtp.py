"""Settings of SMTP (manual 4.3).

Manual: 4.3, 5.3.
"""

from mailmax.base.units import MIB
from mailmax.settings.domain import HIGHEST_LIMIT_OCTETS
from mailmax.settings.field import Field
from mailmax.settings.host_port import HIGHEST_PORT
from mailmax.settings.kinds import boolean, choice, message_size, number, octets
from mailmax.settings.local import STANDARD_PORTS

SENDING_AUTHENTICATIONS = ("none", "auth", "pop_before_smtp")
SMTP_AUTHS = ("none", "allowed", "required")

FIELDS = (
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
        key="vrfy",
        label="Allow VRFY command",
        default=False,
        check=boolean,
        help="Tell clients that are trusted or have logged in whether a user exists. "
        "Everybody else, and all while it is off, hears that sending will show.",
        manual="4.3",
    ),
    Field(
        key="reverse_dns_needed",
        label="Use reverse DNS lookup",
        default=False,
        check=boolean,
        help="Refuse mail from clients of port 25 whose IP address has no name in the "
        "DNS, unless they are trusted or log in.",
        manual="4.3",
    ),
    Field(
        key="sender_domain_needed",
        label='Validate "Mail From" domain',
        default=False,
        check=boolean,
        help="Refuse mail from senders whose domain takes none: it does not exist, or "
        "has neither mail servers nor an address. Clients that are trusted or log in "
        "are not asked.",
        manual="4.3",
    ),
    Field(
        key="smtp_timeout_minutes",
        label="Client timeout",
        default=5,
        check=number(5, 1440),
        help="How long SMTP waits for a command of a client, from its next session "
        "on. Clients that have not logged in where they must are given a minute.",
        manual="4.3",
        unit="minutes",
    ),
    Field(
        key="smtp_dns_timeout_s",
        label="DNS timeout",
        default=5,
        check=number(1, 60),
        help="How long SMTP waits for an answer about a client's name, a sender's "
        "domain or a block list.",
        manual="4.3",
        unit="seconds",
    ),
    Field(
        key="session_octets",
        label="Session byte limit",
        default=0,
        check=octets(0, HIGHEST_LIMIT_OCTETS),
        help="How much a client may send over one connection, where the domain of the "
        "user who sends has no limit of the own. 0: no limit.",
        manual="4.3",
        unit="octets",
        zero="no_limit",
    ),
    Field(
        key="session_messages",
        label="Session message limit",
        default=0,
        check=number(0, 1_000_000),
        help="How many messages a client may send over one connection, where the "
        "domain of the user who sends has no limit of the own. 0: no limit.",
        manual="4.3",
        zero="no_limit",
    ),
    Field(
        key="message_limit_octets",
        label="Message limit",
        default=50 * MIB,
        check=message_size,
        help="The largest message that is taken; k, M and G are understood.",
        manual="4.3",
        unit="octets",
    ),
    Field(
        key="sending_authentication",
        label="SMTP authentication: method",
        default="none",
        check=choice(*SENDING_AUTHENTICATIONS),
        help="What clients must do before they send to other hosts. `none`: log in, or "
        "come from a trusted address; `auth`: log in, and who does not is told so; "
        "`pop_before_smtp`: log in, or have used POP or IMAP from the same address a "
        "moment ago. Mail for users here is taken on port 25 without; ports for "
        "submission always ask for a login.",
        manual="4.3",
        choices=SENDING_AUTHENTICATIONS,
    ),
    Field(
        key="pop_before_smtp_minutes",
        label="Time limit after POP/IMAP",
        default=15,
        check=number(1, 1440),
        help="How long a login to POP3 or IMAP lets mail go out from the same address "
        "as that user, with `sending_authentication=pop_before_smtp` above.",
        manual="4.3",
        unit="minutes",
    ),
    Field(
        key="smtp_auth",
        label="SMTP authentication",
        default="allowed",
        check=choice(*SMTP_AUTHS),
        help="`none`: a login is not offered and does not count; `allowed`: clients "
        "may log in; `required`: as `sending_authentication=auth` above.",
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
        key="tarpit_on",
        label="Tarpitting",
        default=False,
        check=boolean,
        help="End the session of a client that tries many recipients that do not "
        "exist, and keep its address away from port 25 for a while. Never of one that "
        "is trusted or has logged in.",
        manual="4.3",
    ),
    Field(
        key="tarpit_recipients",
        label="Tarpitting: trigger",
        default=10,
        check=number(1, 1000),
        help="How many of them it takes, within ten minutes and over all sessions "
        "from the address.",
        manual="4.3",
    ),
    Field(
        key="tarpit_minutes",
        label="Tarpitting: minutes",
        default=30,
        check=number(1, 10_080),
        help="How long the address is kept away.",
        manual="4.3",
        unit="minutes",
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
        zero="for_ever",
    ),
)
