"""Settings of the queue (manual 4.4).

Manual: 4.4.
"""

from mailmax.base.units import GIB
from mailmax.settings.field import Field
from mailmax.settings.kinds import boolean, choice, number, octets

FIELDS = (
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
        key="queue_dns_timeout_s",
        label="DNS timeout",
        default=15,
        check=number(1, 60),
        help="How long QueueMax waits for each answer about where mail goes.",
        manual="4.4",
        unit="seconds",
    ),
    Field(
        key="smtp_timeout_s",
        label="SMTP timeout",
        default=300,
        check=number(10, 3600),
        help="How long another server may take for each answer; the standard asks for "
        "five minutes. For the answer to a whole message it has ten minutes at least, "
        "and half a minute at most to take the call. Open sessions keep theirs.",
        manual="4.4",
        unit="seconds",
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
        key="permanent_errors",
        label="Permanent errors",
        default="return",
        check=choice("return", "retry"),
        choices=("return", "retry"),
        help="What becomes of mail that a server refuses for good: it is returned to "
        "its sender at once, or its sender is told and it is tried again by the resend "
        "interval, like mail that is late.",
        manual="4.4",
    ),
    Field(
        key="program_timeout_s",
        label="Programs of rules: time limit",
        default=60,
        check=number(1, 3600),
        help="How long a program that a rule wants may take for a message, which waits "
        "in the queue meanwhile. Longer is a failure: it is tried again. Four run at "
        "once, three of one command: the others wait until these end.",
        manual="8.1.8",
        unit="seconds",
    ),
    Field(
        key="etrn_days",
        label="Mail for ETRN waits",
        default=30,
        check=number(0, 3650),
        help="How long mail of an ETRN domain waits for its server to ask for it. Then "
        "it is returned to its sender. 0: for ever.",
        manual="6.5.2",
        unit="days",
        zero="for_ever",
    ),
    Field(
        key="dead_mail_days",
        label="Dead mail is kept",
        default=30,
        check=number(1, 3650),
        help="How long a copy of mail that could not be delivered stays in the "
        "dead-mail folder of each QueueMax.",
        manual="4.4.1",
        unit="days",
    ),
    Field(
        key="dead_mail_octets",
        label="Size of the dead-mail folder",
        default=GIB,
        check=octets(0, 1024 * GIB),
        help="How large the dead-mail folder of each QueueMax may grow; the oldest "
        "mail goes first. 0 keeps none.",
        manual="4.4.1",
        unit="octets",
        zero="not_at_all",
    ),
    Field(
        key="max_hops",
        label="Maximum hops",
        default=30,
        check=number(1, 100),
        help="How many servers a message may have been through when it comes. With "
        "more it goes in a circle, and is refused, so that the sender gets it back.",
        manual="4.4",
    ),
    Field(
        key="longest_hold_hours",
        label="Longest hold",
        default=168,
        check=number(0, 8760),
        help="For how long users and trusted clients may have a message kept back "
        "that they hand in now (FUTURERELEASE). 0: not at all.",
        manual="4.4",
        unit="hours",
        zero="not_at_all",
    ),
    Field(
        key="bounce_copies",
        label="Copies of reports to the postmaster",
        default=False,
        check=boolean,
        help="Give the postmaster a copy of each report of failure, with the header of "
        "the message, and word of mail whose sender cannot be told; at most 60 an "
        "hour. For tracing problems. Nothing happens without a user who is postmaster.",
        manual="4.4",
    ),
)
