"""Settings of one user, in the order of the manual's dialogs (7.1, 7.2, 7.3).

Rules:
    Only settings that act stand here. Where nothing is set the domain's value holds
    (`settings.resolve`).

Manual: 7.1, 7.2, 7.3; DECISIONS 4, 5, 10, 26, 31.
"""

from collections.abc import Mapping

from mailmax.base.units import KIB
from mailmax.settings.domain import HIGHEST_LIMIT_OCTETS, HOUSEKEEPING, MOST_DAYS
from mailmax.settings.field import Field
from mailmax.settings.kinds import (
    boolean,
    choice,
    mail_address,
    mail_addresses,
    message_size,
    none_or,
    number,
    octets,
    one_line,
    optional,
    person_name,
    text,
)

USER_KINDS = ("normal", "disabled", "trap")
MOST_FORWARDS = 100
REPLY_TEXT_OCTETS = 16 * KIB

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
        help="`normal`; `disabled`: no mail and no login; `trap`: an address that only "
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
        "at POP3 or IMAP (`pop_before_smtp_minutes`). From elsewhere it reaches users "
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
        zero="no_limit",
    ),
    Field(
        key="housekeeping",
        label="Housekeeping",
        default="disabled",
        check=choice(*HOUSEKEEPING),
        help="What is too old. `messages_by_age`: mail that came longer ago than the "
        "days; `users_by_age`: the user, who did not log in for so long; `disabled`: "
        "neither; nothing set: the domain's.",
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
        zero="never",
    ),
    Field(
        key="daily_messages",
        label="Daily messages",
        default=0,
        check=number(0, 1_000_000),
        help="How many messages the user may send a day, forwarded ones included. "
        "0: no limit.",
        manual="7.1",
        zero="no_limit",
    ),
    Field(
        key="daily_octets",
        label="Daily megabytes",
        default=0,
        check=octets(0, HIGHEST_LIMIT_OCTETS),
        help="How much mail the user may send a day, forwarded mail included. "
        "0: no limit.",
        manual="7.1",
        unit="octets",
        zero="no_limit",
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
        check=none_or(message_size),
        help="The largest message that the user may send or get. 0: the system's; "
        "nothing set: the domain's.",
        manual="7.1",
        unit="octets",
        inherits="message_limit_octets",
        zero="system",
    ),
    Field(
        key="virus_check",
        label="Enable internal virus check",
        default=True,
        check=boolean,
        help="Mail to and from the user is looked at by the system's virus check, "
        "where that is on; nothing set: the domain's.",
        manual="7.1",
        inherits="virus_check",
    ),
    Field(
        key="forwarding_on",
        label="Enable forwarding",
        default=False,
        check=boolean,
        help="Send what comes for the user to the addresses of the list, which stays "
        "while this is off.",
        manual="7.2",
    ),
    Field(
        key="forwards",
        label="Forwards",
        default=[],
        check=mail_addresses(MOST_FORWARDS),
        help=f"At most {MOST_FORWARDS} addresses, here or elsewhere, with commas "
        "between.",
        manual="7.2",
    ),
    Field(
        key="forwards_keep_copy",
        label="Keep copies",
        default=True,
        check=boolean,
        help="off: what is forwarded leaves no copy here (Discard copies in the "
        "manual). Mail that a forward's server loses is lost then.",
        manual="7.2",
    ),
    Field(
        key="reply_on",
        label="Enable auto-responder",
        default=False,
        check=boolean,
        help="Answer who writes to the user; the text stays while it is off. Lists, "
        "reports and other automatic mail are never answered.",
        manual="7.3",
    ),
    Field(
        key="reply_from",
        label="From",
        default="",
        check=optional(mail_address),
        help="Address of the user, or an alias, that answers come from. Empty: the "
        "user's address.",
        manual="7.3",
    ),
    Field(
        key="reply_name",
        label="Real name",
        default="",
        check=person_name,
        help="Name that stands before that address.",
        manual="7.3",
    ),
    Field(
        key="reply_subject",
        label="Subject",
        default="",
        check=one_line(200),
        help="Subject of answers. Empty: Auto: and the subject of what is answered.",
        manual="7.3",
    ),
    Field(
        key="reply_text",
        label="Text of auto-response",
        default="",
        check=text(REPLY_TEXT_OCTETS),
        help="What answers say, at most 16 KiB.",
        manual="7.3",
    ),
    Field(
        key="reply_days",
        label="Once a sender in",
        default=7,
        check=number(1, 365),
        help="How long a sender who was answered is not answered again.",
        unit="days",
    ),
)

USER_SETTINGS: Mapping[str, Field] = {field.key: field for field in _FIELDS}
