"""What a sender asks for decides over which session a message may go."""

import pytest

from mailmax.base.envelope import Wishes
from mailmax.policy.asking import check_proof, check_time, takes_over


@pytest.mark.parametrize(
    ("offers", "is_proved", "status"),
    [
        ({"REQUIRETLS": ""}, True, None),
        ({"REQUIRETLS": ""}, False, "5.7.30"),
        ({}, True, "5.7.30"),
    ],
)
def test_mail_that_requires_tls_needs_proof_and_a_promise(offers, is_proved, status):
    outcome = check_proof(offers, "mx.test", is_proved=is_proved)

    assert (outcome and outcome.status) == status


@pytest.mark.parametrize(
    ("mode", "by_s", "offers", "status"),
    [
        ("R", 1, {"DELIVERBY": ""}, None),
        ("RT", 120, {"DELIVERBY": "120"}, None),
        ("R", 119, {"DELIVERBY": "120"}, "5.4.7"),
        ("R", 119, {"DELIVERBY": "9" * 5000}, None),
        ("R", 0, {"DELIVERBY": ""}, "5.4.7"),
        ("R", -5, {}, "5.4.7"),
        ("R", 100, {}, "5.3.3"),
        ("N", -5, {}, None),
        ("NT", -5, {"DELIVERBY": "120"}, None),
    ],
)
def test_late_mail_is_returned_or_told_of(mode, by_s, offers, status):
    outcome = check_time(Wishes(deliver_by_ms=1, by_mode=mode), offers, by_s)

    assert (outcome and outcome.status) == status


def test_without_a_time_there_is_no_hurry():
    assert check_time(Wishes(), {}, -100) is None


def test_who_offers_dsn_takes_the_duty_over():
    assert takes_over({"DSN": ""})
    assert not takes_over({"SIZE": "10"})
