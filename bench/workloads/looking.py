"""Mail in while rules, log files, a virus check look at it; MailMax beside itself."""

from collections.abc import Callable

from bench.peers.mailmax import MailMax
from bench.peers.scanner import Scanner
from bench.programme import Programme
from bench.workloads.receive import Case, measure

TITLE = "Receive and deliver, with rules, logs, a virus check"
_LOADS = [
    ("4 kB, 50 sessions, 10 a session", 4000, 50, 10, 10_000),
    ("50 kB, 50 sessions, 1 a session", 50_000, 50, 1, 4000),
]
_RULES = (
    ("large", "size > 20M", "store Large"),
    ("offers", 'header Subject contains "special offer"', "store Offers"),
    ("lottery", 'body contains "you have won"', "store Junk"),
)
"""Of the system; none holds, so that each is asked about each message."""
_EVENTS = (
    "connections,commands,conversation,errors,logins,valid_commands,internal,banned"
)
Switch = Callable[[MailMax, bool], None]


def run(programme: Programme) -> None:
    peers = [peer for peer in programme.peers if isinstance(peer, MailMax)]
    for peer in peers:
        _prepare(peer)
    scanner = Scanner()
    try:
        for peer in peers:
            peer.administer("config", "set", "clamd_address", scanner.address)
        for name, *load in _LOADS:
            for _ in range(programme.rounds):
                for words, switches in _MODES:
                    for peer in peers:
                        case = Case(f"{name}, {words}", *load)
                        _measure(programme, peer, case, switches)
            _compare(programme, name)
    finally:
        for peer in peers:
            _check(peer, False)
        scanner.close()


def _measure(
    programme: Programme, peer: MailMax, case: Case, switches: tuple[Switch, ...]
) -> None:
    with programme.noted(f"{case.name}, {peer.name}"):
        try:
            for switch in switches:
                switch(peer, True)
            measure(programme, peer, case)
        finally:
            for switch in switches:
                switch(peer, False)


def _compare(programme: Programme, load: str) -> None:
    (nothing, _), *others = _MODES
    for words, _ in others:
        for what in ("accepted", "delivered", "CPU"):
            beside = f"{load}, {nothing}: {what}"
            programme.compare(f"{load}, {words}: {what}", beside)


def _prepare(peer: MailMax) -> None:
    for name, condition, action in _RULES:
        peer.administer(
            "rule", "add", name, "--system", "--if", condition, "--do", action,
            "--disabled",
        )  # fmt: skip
    peer.administer("config", "set", "smtp_log_events", _EVENTS)


def _rules(peer: MailMax, is_on: bool) -> None:
    for number in range(1, len(_RULES) + 1):
        peer.administer("rule", "enable" if is_on else "disable", str(number))


def _logs(peer: MailMax, is_on: bool) -> None:
    peer.administer("config", "set", "smtp_log_rate", "unlimited" if is_on else "never")


def _check(peer: MailMax, is_on: bool) -> None:
    peer.administer("config", "set", "virus_check", "on" if is_on else "off")


_MODES: tuple[tuple[str, tuple[Switch, ...]], ...] = (
    ("nothing", ()),
    ("three rules", (_rules,)),
    ("every event logged", (_logs,)),
    ("clamd", (_check,)),
    ("rules and clamd", (_rules, _check)),
)
