"""Settings of the whole system (manual 4.1), and what has no page of its own.

Manual: 4.1, 4.4, 5.1, 6.6.
"""

from mailmax.base.units import DAY_S
from mailmax.settings.domain import (
    BLANK_PASSWORDS,
    LONGEST_LOGIN,
    OVER_LIMIT_NOTICES,
    SMART_HOST_TLS,
)
from mailmax.settings.field import Field
from mailmax.settings.kinds import (
    boolean,
    choice,
    domain_name,
    mail_address,
    number,
    one_line,
    optional,
    secret,
    smart_host,
)

FIELDS = (
    Field(
        key="system_name",
        label="Connection name",
        default="",
        check=one_line(60),
        help="What this system is called where several are looked at: status and "
        "config check begin with it. In a cluster each has another. Empty: the name "
        "of the computer that DataMax runs on.",
        manual="4.1",
    ),
    Field(
        key="remote_administration",
        label="Allow remote administration",
        default=False,
        check=boolean,
        help="Let administrators who know the host password reach DataMax from other "
        "computers (hub.listen in mailmax.toml), once that password is not the one of "
        "the set-up any more. off: on its own computer only; who is connected from "
        "elsewhere is put out. Services on other computers are always let in.",
        manual="4.1",
    ),
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
        key="password_keeping",
        label="User passwords",
        default="hashed",
        check=choice("hashed", "encrypted", "clear"),
        help="How a password is kept from its next change or login on. `hashed`: as "
        "Argon2id, the safest. `encrypted`: a copy beside the hash, under a key "
        "outside the database, so that APOP works with the password itself. `clear`: "
        "as it is, for whoever reads the database to see; leave it alone.",
        manual="4.1",
        choices=("hashed", "encrypted", "clear"),
    ),
    Field(
        key="blank_passwords",
        label="Blank passwords",
        default="disable",
        check=choice(*BLANK_PASSWORDS),
        help="What holds for users without a password. `disable`: they do not get "
        "in. `fill`: the next one given to POP3 or IMAP, by whoever comes first, "
        "becomes the password. `none`: whatever is given will do, from trusted "
        "addresses only and never to send.",
        manual="4.1",
        choices=BLANK_PASSWORDS,
    ),
    Field(
        key="over_limit_notice",
        label="Over-limit notifications",
        default="none",
        check=choice(*OVER_LIMIT_NOTICES),
        help="Whether users with a disk limit are told that their boxes are nearly "
        "full. `percent`: when less than that part of the limit is left; `megabytes`: "
        "when less than that is left. One message into INBOX each time, and at most "
        "one a day.",
        manual="4.1",
        choices=OVER_LIMIT_NOTICES,
    ),
    Field(
        key="over_limit_threshold",
        label="Threshold",
        default=10,
        check=number(1, 1_000_000),
        help="Percent or megabytes of that notice.",
        manual="4.1",
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
        zero="not_at_all",
    ),
    Field(
        key="audit_days",
        label="Audit log",
        default=366,
        check=number(1, 3650),
        help="How long it is kept who changed what: by a command, a page or the REST "
        "API. Older entries are removed once an hour.",
        manual="7.4",
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
        key="smart_host_tls",
        label="Smart host: encryption",
        default="opportunistic",
        check=choice(*SMART_HOST_TLS),
        help="`opportunistic`: with whoever is there; else mail goes in the clear. "
        "`required`: STARTTLS and a certificate for the smart host's name, from an "
        "authority that this computer trusts; nothing is sent without. `implicit`: "
        "the same, but encrypted at once (port 465).",
        manual="4.1",
        choices=SMART_HOST_TLS,
    ),
    Field(
        key="smart_host_user",
        label="Smart host: user",
        default="",
        check=one_line(LONGEST_LOGIN),
        help="Who we log in as at the smart host, by PLAIN or LOGIN, over TLS only "
        "unless it is on this computer. Empty: no login.",
        manual="4.1",
    ),
    Field(
        key="smart_host_password",
        label="Smart host: password",
        default="",
        check=secret,
        help="For that login. It is kept encrypted and never shown; - asks for it.",
        manual="4.1",
        is_secret=True,
    ),
)
