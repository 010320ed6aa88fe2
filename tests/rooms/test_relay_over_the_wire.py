"""The relay decision over the wire: a sample of the whole table (TRUST 6.5).

Theory:
    A row is a client (its address meets a filter, and perhaps somebody was lately at
    POP3 from there), a login, a reverse-path, a recipient in one of the forms that
    make servers relay, and what is set. What the room answers is compared with
    `relay_oracle`; what it takes is sent to the end and looked at as it was kept.

Limits:
    2,000 of 2.5 million rows, the same for everybody, in turn for each of 18 ways to
    set it. The decision itself is judged over its whole table in
    ``tests/properties/test_relay_table.py``.
"""

import base64
import itertools
import random
import smtplib
from collections import Counter
from typing import NamedTuple

import pytest

from fix_smtp import DOMAINS, USERS, MakeSmtp, SmtpRoom, user
from mailmax.hub.contract.rows import SENDS_WITHOUT_LOGIN, DomainRow, WindowRow
from mailmax.hub.porter import Porter
from mailmax.policy.access import PERMITTED, TRUSTED, Access
from mailmax.policy.relay import Case, From, Lately, Login, SendingRules, To
from mailmax.wire.smtp.grammar import parse_mailbox
from relay_oracle import ACCEPT, facts_of, oracle
from smtp_clients import Answer, client, push_filters, put, update
from waiting import wait_for

ROWS = 2000
CODES = {
    ACCEPT: (250, b""),
    "CLIENT_BANNED": (554, b"5.7.1"),
    "RELAY_DENIED": (550, b"5.7.1"),
    "AUTHENTICATION_REQUIRED": (530, b"5.7.0"),
    "SENDER_NOT_ALLOWED": (553, b"5.7.1"),
    "UNKNOWN_USER": (550, b"5.1.1"),
    "USER_DISABLED": (550, b"5.2.1"),
}
CLIENTS = [PERMITTED, PERMITTED, TRUSTED, Access("banned")] + [
    Access("custom", flags) for flags in range(16)
]
"""The first meets no filter at all."""
VISITS = ("nobody", "expired", "fresh")
"""Whether tim and free were at POP3 from a client's address."""
LOGINS = {"": "", "tim": "secret", "off": "secret", "ann": ""}
"""Nobody; a user; one who is disabled; one who gives no password."""
SENDERS = {
    "": (From.NULL, From.NULL),
    "tim+x@demo.test": (From.USER, From.USER),
    "free@demo.test": (From.USER, From.FOREIGN),
    "ann@demo.test": (From.USER, From.FOREIGN),
    "off@demo.test": (From.UNKNOWN, From.FOREIGN),
    "nobody@demo.test": (From.UNKNOWN, From.UNKNOWN),
    "bob@far.test": (From.REMOTE, From.REMOTE),
}
"""What each is to somebody who did not log in, and to tim."""
VISITORS = ("tim+x@demo.test", "free@demo.test")
SETTINGS = list(
    itertools.product(
        ("none", "allowed", "required"),
        ("none", "auth", "pop_before_smtp"),
        (False, True),
    )
)
OURS = {
    "demo.test": To.UNKNOWN,
    "all.test": To.USER,
    "backup.test": To.PASSED_ON,
    "etrn.test": To.PASSED_ON,
    "relay.test": To.PASSED_ON,
}
"""Domains of ours, and what a strange name there is."""
RECIPIENTS = {
    "<tim@demo.test>": To.USER,
    "<TIM+tag@DEMO.test>": To.USER,
    "<timothy@demo.test>": To.USER,
    "<tim@other.test>": To.USER,
    "<postmaster>": To.USER,
    "<@far.test:tim@demo.test>": To.USER,
    "<off@demo.test>": To.DISABLED,
    "<nobody@demo.test>": To.UNKNOWN,
    "<u@remote.test>": To.REMOTE,
    "<@demo.test:u@remote.test>": To.REMOTE,
    "<@[127.0.0.1],@demo.test:u@remote.test>": To.REMOTE,
    '<"tim@demo.test"@remote.test>': To.REMOTE,
    "<demo.test!tim@remote.test>": To.REMOTE,
    "<tim%demo.test@remote.test>": To.REMOTE,
    "<u@[127.0.0.1]>": To.REMOTE,
    "<u@[192.0.2.1]>": To.REMOTE,
    "<u@[IPv6:::1]>": To.REMOTE,
    "<postmaster@[127.0.0.1]>": To.REMOTE,
    "<tim@demo.test.remote.test>": To.REMOTE,
    "<tim@sub.demo.test>": To.REMOTE,
    "<tim@xdemo.test>": To.REMOTE,
}
for _form in (
    "<u%%remote.test@%s>", "<remote.test!u@%s>", '<"u@remote.test"@%s>',
    "<u%%remote.test%%demo.test@%s>", "<@remote.test:u%%remote.test@%s>",
):  # fmt: skip
    RECIPIENTS |= {_form % domain: kind for domain, kind in OURS.items()}


class Row(NamedTuple):
    """One row of the table, but for what is set."""

    client: int
    visit: str
    login: str
    sender: str
    recipient: str
    door: str

    @property
    def source(self) -> str:
        return f"127.0.{10 + VISITS.index(self.visit)}.{self.client}"

    def case(self, auth: str, method: str, local: bool) -> Case:  # noqa: FBT001
        """Say what the room must find out."""
        login = Login.NONE
        if auth != "none":
            login = {"tim": Login.OK, "off": Login.DISABLED, "ann": Login.BLANK}.get(
                self.login, login
            )
        is_in = login is Login.OK
        if self.sender == "free@demo.test" and not is_in:
            login = Login.NOT_NEEDED
        lately = Lately.NOBODY
        # A visit counts where the method is that, or the user need not log in.
        if method == "pop_before_smtp" or login is Login.NOT_NEEDED:
            own = Lately.OWNER if self.sender in VISITORS else Lately.SOMEBODY
            lately = {"fresh": own, "expired": Lately.EXPIRED}.get(self.visit, lately)
        return Case(
            CLIENTS[self.client],
            login,
            lately,
            SENDERS[self.sender][is_in],
            SendingRules(auth, method, local),
            self.door == "submission",
        )


@pytest.fixture
def room(make_smtp: MakeSmtp) -> SmtpRoom:
    """Give a room with all kinds of clients, users and domains."""
    made: SmtpRoom = make_smtp(
        meet=lambda visitor: Porter(made.hub.tables.doors, trust_loopback=True).meet(
            visitor
        )
    )
    push_filters(
        made,
        *(
            (f"127.0.10-12.{number}", access.kind, access.flags)
            for number, access in enumerate(CLIENTS)
            if number
        ),
    )
    kinds = [
        DomainRow(3, "all.test", catch_all=7),
        *(
            DomainRow(number, f"{kind}.test", kind)
            for number, kind in enumerate(("backup", "etrn", "relay"), 4)
        ),
    ]
    visits = [
        WindowRow(f"127.0.{net}.{number}", user_id, left_s)
        for number in range(len(CLIENTS))
        for net, left_s in ((11, 0.001), (12, 600.0))
        for user_id in (7, 12)
    ]
    update(
        made,
        users=(*USERS, user(12, "free", flags=SENDS_WITHOUT_LOGIN)),
        domains=(*DOMAINS, *kinds),
        windows=tuple(visits),
    )
    put(made, postmaster="tim@demo.test")
    wait_for(lambda: send(made, EXPIRED) == (550, b"5.7.1 Relaying denied"))
    made.mails()
    return made


EXPIRED = Row(1, "expired", "", "free@demo.test", "<u@remote.test>", "smtp")


def test_rows_of_the_table_over_the_wire(room: SmtpRoom) -> None:
    """TRUST 6.5."""
    doors = ("smtp", "submission")
    every = [range(len(CLIENTS)), VISITS, LOGINS, SENDERS, RECIPIENTS, doors]
    choose = random.Random(65)
    seen: Counter[str] = Counter()
    for number, rules in enumerate(SETTINGS):
        names = ("smtp_auth", "sending_authentication", "local_sender_needed")
        put(room, **dict(zip(names, rules, strict=True)))
        for _ in range(number, ROWS, len(SETTINGS)):
            row = Row(*(choose.choice(list(values)) for values in every))
            expected = oracle(facts_of(row.case(*rules)), RECIPIENTS[row.recipient])

            code, text = send(room, row)

            assert (code, text[: len(CODES[expected][1])]) == CODES[expected], (
                row, rules, text,
            )  # fmt: skip
            assert_kept(room, row, is_accepted=expected == ACCEPT)
            seen[expected] += 1
    assert seen.total() == ROWS
    assert set(seen) == set(CODES)


def send(room: SmtpRoom, row: Row) -> Answer:
    """Send a message as far as it is taken; return the answer to MAIL or RCPT."""
    try:
        with client(room, row.source, row.door) as one:
            log_in(one, row.login)
            answer = one.docmd("MAIL", f"FROM:<{row.sender}>")
            if answer[0] == 250:
                answer = one.docmd("RCPT", f"TO:{row.recipient}")
            taken = one.docmd("BDAT", "0 LAST")
            assert (taken[0] == 250) is (answer[0] == 250)
            return answer
    except smtplib.SMTPConnectError as refused:
        return refused.smtp_code, refused.smtp_error


def log_in(one: smtplib.SMTP, name: str) -> None:
    """Log in, as far as that is possible."""
    if name and one.has_extn("auth"):
        said = base64.b64encode(f"\0{name}\0{LOGINS[name]}".encode()).decode()
        assert (one.docmd("AUTH", f"PLAIN {said}")[0] == 235) is (name == "tim")


def assert_kept(room: SmtpRoom, row: Row, *, is_accepted: bool) -> None:
    """What is for a user here is that user's, what is not has nobody else's name."""
    kept = [record.envelope.recipients for record, _ in room.mails()]
    if not is_accepted:
        assert kept == []
        return
    [[recipient]] = kept
    assert recipient.user_id == (7 if RECIPIENTS[row.recipient] is To.USER else 0)
    if row.recipient != "<postmaster>":
        address = parse_mailbox(row.recipient[1:-1].encode())
        assert parse_mailbox(recipient.address.encode()) == address
