"""Checks of listening addresses and their services (manual 5.1, 5.5)."""

from collections import defaultdict
from collections.abc import Iterator

from mailmax.policy.checks.facts import Facts, ListenerFact
from mailmax.policy.checks.finding import Finding, contradiction, named, risk
from mailmax.policy.overlap import overlap


def no_connection(facts: Facts) -> Iterator[Finding]:
    """Nobody can connect (ADM-9)."""
    if not facts.open_services():
        yield contradiction(
            "connections",
            "no service is open at any address: nobody can connect",
            "add an address: mailmax connection add '*'; or open a service of one: "
            "mailmax service open",
        )
    elif "smtp" not in facts.open_services():
        yield risk(
            "connections",
            "SMTP is open nowhere: no mail comes in from elsewhere",
            "mailmax service add ADDRESS smtp, or open it",
        )


def port_twice(facts: Facts) -> Iterator[Finding]:
    """Two services cannot listen on one port."""
    by_port: defaultdict[int, list[ListenerFact]] = defaultdict(list)
    for one in facts.listeners:
        for other in by_port[one.port]:
            if overlap(one.address, other.address):
                yield contradiction(
                    f"service {one.service} of {one.address}",
                    f"{other.service} of {other.address} has port {one.port}, too",
                    f"mailmax service set {one.address} {one.service} port=NUMBER",
                )
        by_port[one.port].append(one)


CHECKS = named(no_connection, port_twice)
