"""Where a set-up may listen: at addresses that this computer has."""

import pytest

from mailmax.cli.answers import Answers, check_answers

ELSEWHERE = "192.0.2.7"
"""Of documentation: nobody has it (RFC 5737)."""


def refused(**answers) -> tuple[str, str] | None:
    bad = check_answers(Answers("demo.test", **answers))
    return None if bad is None else (bad.field, bad.reason)


@pytest.mark.parametrize("ip", ["*", "0.0.0.0", "::", "127.0.0.1", " ::1"])
def test_addresses_of_this_computer_and_any_address_are_taken(ip):
    assert refused(ip=ip) is None


@pytest.mark.parametrize(
    ("field", "answers"),
    [
        ("ip", {"ip": ELSEWHERE}),
        ("ip", {"ip": "2001:db8::7"}),
        ("hub_listen", {"hub_listen": f"{ELSEWHERE}:4600"}),
        ("web_listen", {"web_listen": ("127.0.0.1:8080", f"{ELSEWHERE}:8443")}),
    ],
)
def test_an_address_of_another_computer_is_refused_at_its_field(field, answers):
    bad = check_answers(Answers("demo.test", **answers))

    assert bad is not None
    assert bad.field == field
    assert bad.reason in {
        f"this computer does not have {ELSEWHERE}",
        "this computer does not have 2001:db8::7",
    }
    assert bad.cure.startswith("give one that it has (ip address shows them)")


def test_services_on_other_computers_may_listen_at_addresses_of_theirs():
    assert refused(ip=ELSEWHERE, hub_listen="0.0.0.0:4600") is None
    assert refused(ip="1.2.3", hub_listen="0.0.0.0:4600") == (
        "ip",
        "'1.2.3' is no IP address",
    )


def test_names_are_left_to_whoever_listens_there():
    assert refused(hub_listen="mail.demo.test:4600") is None
