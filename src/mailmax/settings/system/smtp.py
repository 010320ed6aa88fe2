"""Settings of SMTP (manual 4.3).

Manual: 4.3, 5.3.
"""

from mailmax.base.units import GIB, MIB
from mailmax.settings.field import Field
from mailmax.settings.kinds import boolean, choice, number, octets
from mailmax.settings.local import HIGHEST_PORT, STANDARD_PORTS

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
)
