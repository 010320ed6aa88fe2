"""Who is told what: NOTIFY and ORCPT (RFC 3461)."""

import pytest

from mailmax.base.envelope import Recipient
from mailmax.policy.notification import Event, sent_on, wants, without_success


def asked(notify: str) -> set[str]:
    recipient = Recipient("bob@x.test", notify=notify)
    return {event.value for event in Event if wants(recipient, event)}


@pytest.mark.rfc("3461", "4.1")
@pytest.mark.parametrize(
    ("notify", "events"),
    [
        ("", {"FAILURE", "DELAY"}),
        ("NEVER", set()),
        ("SUCCESS", {"SUCCESS"}),
        ("FAILURE", {"FAILURE"}),
        ("success,Failure", {"SUCCESS", "FAILURE"}),
        ("DELAY,FAILURE,SUCCESS", {"SUCCESS", "FAILURE", "DELAY"}),
    ],
)
def test_a_sender_hears_of_what_was_asked_for(notify, events):
    assert asked(notify) == events


@pytest.mark.rfc("3461", "5.2.7")
@pytest.mark.parametrize(
    ("notify", "rest"),
    [
        ("", ""),
        ("NEVER", "NEVER"),
        ("FAILURE", "FAILURE"),
        ("SUCCESS", "NEVER"),
        ("SUCCESS,FAILURE", "FAILURE"),
        ("DELAY,SUCCESS,FAILURE", "DELAY,FAILURE"),
    ],
)
def test_success_is_taken_away_and_nothing_else(notify, rest):
    assert without_success(Recipient("bob@x.test", notify=notify)).notify == rest


@pytest.mark.rfc("3461", "4.2")
@pytest.mark.parametrize(
    ("given", "original", "passed"),
    [
        ("bob@x.test", "", "rfc822;bob@x.test"),
        ("jörg@x.test", "", "utf-8;jörg@x.test"),
        ("bob@x.test", "rfc822;robert@y.test", "rfc822;robert@y.test"),
    ],
)
def test_mail_that_is_sent_on_says_whom_it_was_for(given, original, passed):
    recipient = Recipient(given, 7, "Work", "FAILURE", original)

    found = sent_on(recipient, "far@away.test")

    assert found == Recipient("far@away.test", notify="FAILURE", original=passed)
