"""Checks of one computer, from facts."""

import pytest

from mailmax.base.units import DAY_S
from mailmax.policy.checks.finding import find_all
from mailmax.policy.checks.node import CHECKS, CertificateFact, NodeFacts, is_for
from mailmax.settings.field import BadValue

NOW = 1_000_000_000.0
HOST = "mail.a.test"


def shown(facts: NodeFacts) -> list[str]:
    return [
        f"{name} {one.kind} {one.field}: {one.reason}"
        for name, one in find_all(CHECKS, facts)
    ]


def certificate(days: float, *names: str) -> NodeFacts:
    found = CertificateFact("/cert.pem", NOW + days * DAY_S, names)
    return NodeFacts(NOW, HOST, found)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (NodeFacts(NOW), []),
        (
            NodeFacts(NOW, uncontained=("Landlock", "a filter of system calls")),
            ["programs risk directories.working: external programs run here, and to"],
        ),
        (certificate(15, HOST), []),
        (certificate(15, HOST).greeting(""), []),
        (certificate(15, "x.test").greeting(""), []),
        (
            certificate(13, HOST),
            ["certificate risk certificate: /cert.pem ends in 13 days"],
        ),
        (
            certificate(0, HOST),
            ["certificate contradiction certificate: /cert.pem has"],
        ),
        (
            certificate(99, "x.test", "192.0.2.1"),
            ["certificate risk certificate: /cert.pem is not for mail.a.test, but"],
        ),
        (
            certificate(99),
            ["certificate risk certificate: /cert.pem is not for mail.a.test, but"],
        ),
        (
            NodeFacts(NOW, HOST, BadValue("certificate", "missing", "make one")),
            ["certificate contradiction certificate: missing"],
        ),
        (NodeFacts(NOW, directories={"queue": "/q", "etrn": "/e"}), []),
        (
            NodeFacts(NOW, directories={"queue": "/q", "mail": "/m", "etrn": "/q"}),
            ["same_directory contradiction directories.etrn: queue and etrn are"],
        ),
        (
            NodeFacts(NOW, troubles=(BadValue("directories.mail", "closed", "open"),)),
            ["directories contradiction directories.mail: closed"],
        ),
    ],
)
def test_a_computer(facts: NodeFacts, words: list[str]):
    found = shown(facts)

    assert len(found) == len(words)
    for told, begin in zip(found, words, strict=True):
        assert told.startswith(begin)


@pytest.mark.parametrize(
    ("host", "names", "holds"),
    [
        ("mail.a.test", ("MAIL.a.test",), True),
        ("mail.a.test", ("*.a.test",), True),
        ("x.mail.a.test", ("*.a.test",), False),
        ("a.test", ("*.a.test",), False),
        ("test", ("*.",), False),
        ("192.0.2.1", ("192.0.2.1",), False),
    ],
)
def test_whom_a_certificate_is_for(host: str, names: tuple[str, ...], *, holds: bool):
    assert is_for(host, names) is holds
