"""What a check finds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

FactsT = TypeVar("FactsT")
FactsT_contra = TypeVar("FactsT_contra", contravariant=True)

Kind = Literal["contradiction", "risk"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction or risk."""

    kind: Kind
    """``contradiction``: something cannot work as it is set; ``risk``: it works, and
    may do harm."""
    field: str
    reason: str
    cure: str


def contradiction(field: str, reason: str, cure: str) -> Finding:
    """Say that something cannot work as it is set."""
    return Finding("contradiction", field, reason, cure)


def risk(field: str, reason: str, cure: str) -> Finding:
    """Say that something may do harm."""
    return Finding("risk", field, reason, cure)


Check = Callable[[FactsT], Iterator[Finding]]


def named(*checks: Check[FactsT]) -> Mapping[str, Check[FactsT]]:
    """Return checks by their names."""
    return {check.__name__: check for check in checks}


def find_all(
    checks: Mapping[str, Check[FactsT]], facts: FactsT
) -> Iterator[tuple[str, Finding]]:
    """Carry every check out; yield what it finds, with its name."""
    for name, check in checks.items():
        for finding in check(facts):
            yield name, finding
