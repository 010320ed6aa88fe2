"""Mail that could go round for ever, on the running suite: it ends, and is counted."""

import os
import uuid

import pytest

from fix_forwarding import (
    add_domain,
    add_user,
    answer,
    copies,
    count,
    forward,
    held,
    mail,
    send_all,
    sent_to,
    settle,
    somewhere,
)
from fix_sink import Sink
from fix_suite import Account, Suite, run_mailmax

ROUNDS = int(os.environ.get("MAILMAX_LOOP_ROUNDS", "200"))

pytestmark = [pytest.mark.system, pytest.mark.timeout(300 + ROUNDS // 10)]


def rounds(mark: str, to: Account) -> list[bytes]:
    return [mail(f"{mark} {n}.", f"To: {to.address}") for n in range(ROUNDS)]


@pytest.mark.manual("7.3")
@pytest.mark.rfc("3834", "4")
def test_two_who_answer_each_other_send_two_answers_in_all(
    suite: Suite, sink: Sink, tim: Account
) -> None:
    """TRUST K2: in two domains of ours, for many rounds."""
    domain = add_domain(suite)
    joe = add_user(suite, f"joe@{domain}")
    for user in (tim, joe):
        answer(suite, user)
    mark = uuid.uuid4().hex

    send_all(suite, joe.address, tim.address, rounds(mark, tim))
    suite.wait_for(tim, f"{mark} {ROUNDS - 1}.")
    assert (count(suite, tim, mark), held(suite, joe)) == (ROUNDS, 1)
    send_all(suite, tim.address, joe.address, rounds(mark, joe))
    suite.wait_for(joe, f"{mark} {ROUNDS - 1}.")

    settle(suite, sink, domain)
    assert (count(suite, tim, mark), held(suite, joe)) == (ROUNDS + 1, ROUNDS + 1)


@pytest.mark.manual("7.3")
def test_a_responder_elsewhere_that_minds_no_header_is_answered_once(
    suite: Suite, sink: Sink, tim: Account
) -> None:
    """TRUST K2: it answers whatever comes, each time from its own path."""
    answer(suite, tim)
    far = somewhere()
    mark = uuid.uuid4().hex
    suite.send(far, tim.address, mail(mark, f"To: {tim.address}"))
    first = sink.wait_for(f"Subject: Auto: {mark}".encode())

    again = [mail(f"Re: {mark} {n}.", f"To: {tim.address}") for n in range(ROUNDS)]
    send_all(suite, far, tim.address, again)
    suite.wait_for(tim, f"Re: {mark} {ROUNDS - 1}.")

    settle(suite, sink, far.partition("@")[2])
    assert len(sent_to(sink, far)) == 1
    assert (first.reverse_path, first.recipients) == ("", [far])
    assert count(suite, tim, mark) == ROUNDS + 1


@pytest.mark.manual("6.2")
def test_catch_alls_that_lead_to_each_other_give_one_copy_each(
    suite: Suite, sink: Sink, tim: Account, anna: Account
) -> None:
    """TRUST K6: catch-all, forward, catch-all, forward to the first."""
    one = add_domain(suite, catch_all=tim.address)
    two = add_domain(suite, catch_all=anna.address)
    forward(suite, tim, f"whoever@{two}")
    forward(suite, anna, f"nobody@{one}", keeps=False)
    mark = uuid.uuid4().hex

    suite.send("eve@far.test", f"somebody@{one}", mail(mark))

    suite.wait_for(tim, mark)
    settle(suite, sink, one)
    assert (copies(suite, tim, mark), copies(suite, anna, mark)) == (1, 0)
    forward(suite, anna, f"nobody@{one}")
    suite.send("eve@far.test", f"somebody@{one}", mail(again := uuid.uuid4().hex))
    suite.wait_for(anna, again)
    assert (copies(suite, tim, again), copies(suite, anna, again)) == (1, 1)


@pytest.mark.manual("6.2")
def test_a_name_of_a_name_of_a_domain_is_one_of_the_domain(
    suite: Suite, tim: Account
) -> None:
    """TRUST K6: one look-up, however the names were given."""
    domain = add_domain(suite)
    first, second = (f"{uuid.uuid4().hex}.test" for _ in range(2))
    here = ("--dir", str(suite.directory))
    run_mailmax("domain", "alias", first, domain, *here)
    run_mailmax("domain", "alias", second, first, *here)
    run_mailmax("alias", "add", f"info@{first}", tim.address, *here)
    run_mailmax("alias", "add", f"info@{domain}", tim.address, *here)

    for name in (domain, first, second):
        suite.send("eve@far.test", f"info@{name}", mail(mark := uuid.uuid4().hex))
        suite.wait_for(tim, mark)
        assert copies(suite, tim, mark) == 1
