"""What an answer to RCPT means to a recipient that is only asked for (DECISIONS 19)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.policy.outcome import judge_rcpt, permanent, transient
from mailmax.policy.recipient_check import TokenBucket, refuses_recipient


@pytest.mark.rfc("3463", "3")
@pytest.mark.parametrize(
    ("code", "text", "is_no"),
    [
        (550, "5.1.1 <joe@d.test>: User unknown", True),
        (550, "No such user here", True),
        (551, "User not local", True),
        (553, "mailbox name not allowed", True),
        (550, "5.0.0 unknown", True),
        (554, "5.1.1 nobody", True),
        (550, "5.1.0 Address rejected", True),
        (550, "5.1.6 moved", True),
        (556, "5.1.10 null MX", True),
        (501, "5.1.3 bad syntax", True),
        (550, "5.2.1 disabled", True),
        (550, "5.4.1 Recipient address rejected: Access denied", True),
        (550, "5.7.1 your address is on a list", False),
        (554, "5.7.1 Relay access denied", False),
        (530, "5.7.0 log in first", False),
        (554, "Transaction failed", False),
        (552, "5.2.2 mailbox full", False),
        (552, "mailbox full", False),
        (550, "5.2.2 mailbox full", False),
        (550, "5.1.7 bad sender", False),
        (550, "5.1.8 your domain does not exist", False),
        (550, "5.1.5 valid", False),
        (550, "5.3.2 closed", False),
        (554, "5.4.1 no answer", False),
        (550, "5.4.6 loop", False),
        (503, "MAIL first", False),
        (500, "5.5.1 what?", False),
        (421, "4.3.2 closed", False),
        (450, "4.2.0 greylisted", False),
        (451, "4.1.1 perhaps", False),
        (250, "2.1.5 ok", False),
        (250, "5.1.1 ok", False),
        (354, "5.1.1 go on", False),
        (999, "5.1.1 what", False),
    ],
)
def test_only_no_such_recipient_is_a_no(code, text, is_no):
    outcome = judge_rcpt(code, (text.encode(),), "mx.d.test")

    assert refuses_recipient(outcome) is is_no


def test_what_we_find_ourselves_is_no_answer() -> None:
    assert not refuses_recipient(permanent("5.1.1", "it loops"))
    assert not refuses_recipient(transient("4.4.1", "no connection"))


@given(
    st.integers(1, 20),
    st.floats(0.1, 100.0),
    st.lists(st.floats(0.0, 10.0), max_size=200),
)
def test_no_more_is_given_than_there_is(burst, per_s, pauses) -> None:
    allowance = TokenBucket(burst, per_s)
    now = 1000.0
    given_out = 0

    for pause in pauses:
        now += pause
        given_out += allowance.take(now)

    assert given_out <= burst + (now - 1000.0) * per_s + 1e-6


def test_all_comes_back_and_not_more() -> None:
    allowance = TokenBucket(3, 1.0)

    assert [allowance.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [allowance.take(1.0) for _ in range(2)] == [True, False]
    assert [allowance.take(1000.0) for _ in range(4)] == [True, True, True, False]
