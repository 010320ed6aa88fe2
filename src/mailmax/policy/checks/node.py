"""Checks of one computer: its directories, its certificate, mailmax.toml (manual 3)."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mailmax.base.units import DAY_S
from mailmax.policy.checks.finding import Finding, contradiction, named, risk
from mailmax.settings.field import BadValue

SOON_DAYS = 14
"""Before a certificate ends somebody must have renewed it."""


@dataclass(frozen=True, slots=True)
class CertificateFact:
    """What clients are shown."""

    path: str
    not_after: float
    """Unix time."""
    names: tuple[str, ...] = ()
    """Host names and addresses that it is for; ``*.`` stands for one label."""


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """One computer."""

    now: float
    """Unix time."""
    hostname: str = ""
    """What services greet with; empty: it is not known."""
    certificate: CertificateFact | BadValue | None = None
    """Or why it cannot be used; None: it was not looked at."""
    directories: Mapping[str, str] = field(default_factory=dict)
    """By their names in mailmax.toml."""
    troubles: Sequence[BadValue] = ()
    """What is wrong with directories and files, found by looking at them."""

    uncontained: Sequence[str] = ()
    """What there is not to contain external programs with, where some have run."""

    def greeting(self, hostname: str) -> "NodeFacts":
        """Return the same, where services greet with that name."""
        return replace(self, hostname=hostname)


def directories(facts: NodeFacts) -> Iterator[Finding]:
    """The services must be able to use them, and nobody else."""
    for bad in facts.troubles:
        yield contradiction(bad.field, bad.reason, bad.cure)


def same_directory(facts: NodeFacts) -> Iterator[Finding]:
    """Each has its own: what is in one is cleaned, moved or saved by itself."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name, path in facts.directories.items():
        names[path].append(name)
    for path, several in names.items():
        if len(several) > 1:
            yield contradiction(
                f"directories.{several[1]}",
                f"{' and '.join(several)} are both {path}",
                "name another for one of them",
            )


def certificate(facts: NodeFacts) -> Iterator[Finding]:
    """Clients must be shown one that is for us, and has not ended."""
    found = facts.certificate
    cure = "put another there and restart (docs/howto/certificate.md)"
    if isinstance(found, BadValue):
        yield contradiction(found.field, found.reason, found.cure)
    elif found is not None:
        days = (found.not_after - facts.now) / DAY_S
        if days <= 0:
            yield contradiction("certificate", f"{found.path} has ended", cure)
        elif days < SOON_DAYS:
            yield risk("certificate", f"{found.path} ends in {days:.0f} days", cure)
        if facts.hostname and not is_for(facts.hostname, found.names):
            yield risk(
                "certificate",
                f"{found.path} is not for {facts.hostname}, but for "
                f"{', '.join(found.names) or 'nobody'}",
                cure,
            )


def programs(facts: NodeFacts) -> Iterator[Finding]:
    """External programs must be kept from the mail and from other processes."""
    if facts.uncontained:
        yield risk(
            "directories.working",
            "external programs run here, and to contain them this computer lacks "
            f"{' and '.join(facts.uncontained)}",
            "see docs/howto/external-programs.md",
        )


def is_for(hostname: str, names: Sequence[str]) -> bool:
    """Tell whether a certificate with these names is for a host (RFC 6125 §6.4)."""
    host = hostname.lower()
    _, _, parent = host.partition(".")
    return any(
        name == host or (parent != "" and name == f"*.{parent}")
        for name in map(str.lower, names)
        if not _is_ip(name)
    )


CHECKS = named(directories, same_directory, certificate, programs)


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
