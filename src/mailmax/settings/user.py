"""Settings of one user, in the order of the manual's dialog (7.1).

Rules:
    Only settings that act stand here. Where nothing is set the domain's value holds
    (`settings.resolve`).

Manual: 7.1; DECISIONS 4, 5, 10.
"""

from collections.abc import Mapping

from mailmax.base.units import GIB
from mailmax.settings.domain import HIGHEST_LIMIT_OCTETS, HOUSEKEEPING, MOST_DAYS
from mailmax.settings.field import Field
from mailmax.settings.kinds import boolean, choice, number, octets, person_name

USER_KINDS = ("normal", "disabled", "trap")

_FIELDS = (
    Field(
        key="first_name",
        label="First name",
        default="",
        check=person_name,
        help="The user's own first name.",
        manual="7.1",
    ),
    Field(
        key="last_name",
        label="Last name",
        default="",
        check=person_name,
        help="The user's own last name.",
        manual="7.1",
    ),
    Field(
        key="kind",
        label="Account type",
        default="normal",
        check=choice(*USER_KINDS),
        help="normal; disabled: no mail and no login; trap: an address that only "
        "spammers know, nobody logs in there.",
        manual="7.1",
        choices=USER_KINDS,
    ),
    Field(
        key="smtp_auth_not_needed",
        label="Disable SMTP authentication",
        default=False,
        check=boolean,
        help="Where others must log in to send, mail from the user's own address goes "
        "out without: from trusted addresses, and for a while from where the user was "
        "at POP3 or IMAP (pop_before_smtp_minutes). From elsewhere it reaches users "
        "here only.",
        manual="7.1",
    ),
    Field(
        key="box_limit_octets",
        label="Disk limit",
        default=0,
        check=octets(0, HIGHEST_LIMIT_OCTETS),
        help="How much mail the user may have. 0: no limit; nothing set: the domain's "
        "default box size.",
        manual="7.1",
        unit="octets",
        inherits="box_limit_octets",
    ),
    Field(
        key="housekeeping",
        label="Housekeeping",
        default="disabled",
        check=choice(*HOUSEKEEPING),
        help="What is too old. disabled: nothing; messages_by_age: mail that came "
        "longer ago than the days; users_by_age: the user, who did not log in for so "
        "long; nothing set: the domain's.",
        manual="7.1",
        choices=HOUSEKEEPING,
        inherits="housekeeping",
    ),
    Field(
        key="housekeeping_days",
        label="Days",
        default=0,
        check=number(0, MOST_DAYS),
        help="The days of housekeeping. 0: nothing is ever too old; nothing set: the "
        "domain's.",
        manual="7.1",
        unit="days",
        inherits="housekeeping_days",
    ),
    Field(
        key="daily_messages",
        label="Daily messages",
        default=0,
        check=number(0, 1_000_000),
        help="How many messages the user may send a day. 0: no limit.",
        manual="7.1",
    ),
    Field(
        key="daily_octets",
        label="Daily megabytes",
        default=0,
        check=octets(0, HIGHEST_LIMIT_OCTETS),
        help="How much mail the user may send a day. 0: no limit.",
        manual="7.1",
        unit="octets",
    ),
    Field(
        key="sending_limits_off",
        label="Disable sending limits",
        default=False,
        check=boolean,
        help="Let the two daily limits rest; their numbers stay.",
        manual="7.1",
    ),
    Field(
        key="message_limit_octets",
        label="Message limit",
        default=0,
        check=octets(0, GIB),
        help="The largest message that the user may send or get. 0: the system's; "
        "nothing set: the domain's.",
        manual="7.1",
        unit="octets",
        inherits="message_limit_octets",
    ),
)

USER_SETTINGS: Mapping[str, Field] = {field.key: field for field in _FIELDS}
