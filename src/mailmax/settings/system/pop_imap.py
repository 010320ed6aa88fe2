"""Settings of POP3 and IMAP (manual 4.5).

Manual: 4.5.1, 4.5.3; DECISIONS 16, 17.
"""

from mailmax.base.units import DAY_S
from mailmax.settings.field import Field
from mailmax.settings.host_port import HIGHEST_PORT
from mailmax.settings.kinds import boolean, number
from mailmax.settings.local import STANDARD_PORTS

FIELDS = (
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
        key="apop_required",
        label="APOP required to log in",
        default=False,
        check=boolean,
        help="Let nobody log in to POP3 by a password; APOP is offered then. Can be "
        "switched on once every user has an APOP secret, or a password that is kept "
        "encrypted or clear; from then on nobody is added or left without.",
        manual="4.5.1",
    ),
    Field(
        key="pop_timeout_s",
        label="POP3: client timeout",
        default=600,
        check=number(600, DAY_S),
        help="How long a POP3 client may say nothing after it has logged in, from its "
        "next session on.",
        manual="4.5.1",
        unit="seconds",
    ),
    Field(
        key="imap_timeout_s",
        label="IMAP4: client timeout",
        default=1800,
        check=number(1800, DAY_S),
        help="How long an IMAP client may say nothing after it has logged in, from "
        "its next session on.",
        manual="4.5.3",
        unit="seconds",
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
)
