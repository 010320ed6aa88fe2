"""The relay decision over its whole table, beside an oracle and its laws (TRUST 6.5).

Theory:
    `relay_oracle` says what the decisions' text says. The laws are what must never
    happen, whatever its sentences say.
"""

import itertools
from collections import Counter
from collections.abc import Iterator

import pytest

from mailmax.base.result import Accepted
from mailmax.policy.access import (
    BANNED,
    MAY_RELAY,
    PERMITTED,
    TRUSTED,
    Access,
)
from mailmax.policy.relay import (
    Case,
    From,
    Lately,
    Login,
    SendingRules,
    To,
    decide,
    judge_sender,
)
from relay_oracle import ACCEPT, COMPILED, facts_of, oracle

CLIENTS = [PERMITTED, PERMITTED, TRUSTED, BANNED] + [
    Access("custom", flags) for flags in range(16)
]
CLIENTS[0] = Access(at_home=True)  # a program of this computer has no right by that
CLIENTS[1] = Access(is_member=True)  # nor has another system of the cluster
RULES = [
    SendingRules(auth, method, local)
    for auth in ("none", "allowed", "required")
    for method in ("none", "auth", "pop_before_smtp")
    for local in (False, True)
]


def cases() -> Iterator[Case]:
    for row in itertools.product(CLIENTS, Login, Lately, From, RULES, (False, True)):
        yield Case(*row)


def verdict_of(case: Case, recipient: To) -> str:
    decision = decide(case, recipient)
    return ACCEPT if isinstance(decision, Accepted) else decision.reason.name


@pytest.fixture(scope="module")
def table() -> list[tuple[Case, tuple[str, ...]]]:
    return [(case, tuple(verdict_of(case, to) for to in To)) for case in cases()]


def test_the_table_is_whole_and_equals_the_oracle(table):
    seen: Counter[str] = Counter()
    for case, verdicts in table:
        facts = facts_of(case)
        for recipient, verdict in zip(To, verdicts, strict=True):
            assert verdict == oracle(facts, recipient), (case, recipient)
            seen[verdict] += 1

    assert seen.total() == 20 * 5 * 4 * 5 * 18 * 2 * 7 == 504_000
    assert set(seen) == {verdict for _, _, verdict in COMPILED}


def test_nobody_relays_who_may_not(table):
    """A remote recipient: trusted or relay flag, enabled login, fresh window."""
    remote = list(To).index(To.REMOTE)
    for case, verdicts in table:
        if verdicts[remote] == ACCEPT:
            access = case.access
            assert access.kind != "banned"
            assert (
                access.kind == "trusted"
                or access.flags & MAY_RELAY
                or (case.login is Login.OK and case.rules.smtp_auth != "none")
                or case.lately is Lately.OWNER
            ), case


def test_the_banned_get_nothing(table):
    for case, verdicts in table:
        if case.access.is_banned:
            assert set(verdicts) == {"CLIENT_BANNED"}


def test_local_only_means_local(table):
    for case, verdicts in table:
        if case.access.local_only:
            assert verdicts[list(To).index(To.REMOTE)] != ACCEPT
            assert verdicts[list(To).index(To.PASSED_ON)] != ACCEPT


def test_port_25_takes_the_worlds_mail_whatever_is_asked_of_others(table):
    for case, verdicts in table:
        if not case.submission and case.login is Login.NONE:
            expected = "CLIENT_BANNED" if case.access.is_banned else ACCEPT
            assert verdicts[list(To).index(To.USER)] == expected


def test_a_bad_login_is_as_none(table):
    """DECISIONS 15: a user without a password, and a disabled one, count as nobody."""
    by_case = dict(table)
    for case, verdicts in table:
        if case.login in (Login.BLANK, Login.DISABLED):
            other = Case(
                case.access, Login.NONE, case.lately, case.sender, case.rules,
                case.submission,
            )  # fmt: skip
            assert verdicts == by_case[other]


def test_a_user_never_sends_as_another(table):
    for case, verdicts in table:
        if case.logged_in and case.sender in (From.FOREIGN, From.UNKNOWN, From.REMOTE):
            assert ACCEPT not in verdicts


def test_a_forged_reverse_path_gives_nobody_a_right(table):
    """DECISIONS 7: without a login or a window the sender's name opens nothing."""
    by_case = dict(table)
    remote = list(To).index(To.REMOTE)
    for case, verdicts in table:
        if verdicts[remote] == ACCEPT and case.lately in (
            Lately.NOBODY, Lately.EXPIRED,
        ) and not case.logged_in and not case.rules.local_sender_needed:  # fmt: skip
            for sender in From:
                other = Case(
                    case.access, case.login, case.lately, sender, case.rules,
                    case.submission,
                )  # fmt: skip
                assert by_case[other][remote] == ACCEPT


def test_who_is_asked_to_log_in_has_not(table):
    for case, verdicts in table:
        if "AUTHENTICATION_REQUIRED" in verdicts:
            assert not case.logged_in
            assert not case.access.needs_no_login
            assert case.submission or case.rules.ask_for_login


def test_mail_is_refused_at_mail_by_what_rcpt_would_say(table):
    for case, verdicts in table:
        decision = judge_sender(case)
        if not isinstance(decision, Accepted):
            assert set(verdicts) == {decision.reason.name}
