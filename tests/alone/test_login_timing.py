"""How long a refusal takes, and its words, tell nobody who exists (TRUST G3).

CI tries each kind of user 50 times by IMAP, 20 times by SMTP and POP3 (the hub's work
is the same), and asks for what a missing hash would break; `make trust` 2,000 times by
each (``MAILMAX_TIMING_TRIES=2000``), one after the other, and asks for medians within
5 % and an AUC between 0.45 and 0.55.
"""

import os
import random
import statistics
import sys
from bisect import bisect_left, bisect_right
from concurrent.futures import ThreadPoolExecutor

import pytest

from fix_suite import Suite, run_mailmax
from login_ways import SASL, Wire, outcome, timed

TRIES = int(os.environ.get("MAILMAX_TIMING_TRIES", "50"))
IS_FULL = TRIES >= 2_000
AT_ONCE = 1 if IS_FULL else 2
MOST_APART = 0.05 if IS_FULL else 1.0


def tries_of(way: str) -> int:
    """Return how often each kind of user is tried."""
    return TRIES if IS_FULL or way == "imap plain" else TRIES * 2 // 5


def auc_apart(tries: int) -> float:
    """Return how far from 0.5 is borne: in CI 4.5 standard deviations of chance."""
    return 0.05 if IS_FULL else 4.5 * ((2 * tries + 1) / (12 * tries**2)) ** 0.5


pytestmark = [pytest.mark.system, pytest.mark.timeout(300 + 2 * TRIES)]

PASSWORD = b"not-the-password"


EXISTING = "existing.g3@suite.test"


@pytest.fixture(scope="module")
def names(suite: Suite) -> dict[str, bytes]:
    """Give a login name of every kind; the first is the one to compare with."""
    kinds = {
        EXISTING: ("--password", "the-password"),
        "disabled.g3@suite.test": ("--password", "x", "--set", "kind=disabled"),
        "trap.g3@suite.test": ("--password", "x", "--set", "kind=trap"),
        "blank.g3@suite.test": ("--blank",),
    }
    for name, options in kinds.items():
        run_mailmax("user", "add", name, *options, "--dir", str(suite.directory))
    return {name: name.encode() for name in ("nobody.g3@suite.test", *kinds)}


def auc(some: list[float], others: list[float]) -> float:
    """Return how often one of `others` takes longer than one of `some` (Mann, Whitney).

    0.5: nobody can tell them apart; 0 or 1: one look is enough.
    """
    ordered = sorted(some)
    wins = sum(bisect_left(ordered, x) + bisect_right(ordered, x) for x in others)
    return wins / (2 * len(some) * len(others))


def test_the_measure_tells_apart_what_differs() -> None:
    assert auc([1, 2, 3], [4, 5, 6]) == 1.0
    assert auc([4, 5, 6], [1, 2, 3]) == 0.0
    assert auc([1, 2, 3], [3, 2, 1]) == 0.5


@pytest.mark.parametrize("way", SASL)
def test_g3_neither_time_nor_words_tell_who_exists(
    suite: Suite, names: dict[str, bytes], way: str, capsys
) -> None:
    """TRUST G3: missing, existing, disabled, trap and blank users."""
    tries = tries_of(way)
    plan = [kind for kind in names for _ in range(tries)]
    random.shuffle(plan)

    with ThreadPoolExecutor(AT_ONCE) as clients:
        results = list(
            clients.map(lambda kind: timed(suite, way, names[kind], PASSWORD), plan)
        )

    answers: dict[str, set[bytes]] = {kind: set() for kind in names}
    times: dict[str, list[float]] = {kind: [] for kind in names}
    for kind, (answer, seconds) in zip(plan, results, strict=True):
        answers[kind].add(answer)
        times[kind].append(seconds)
    medians = {kind: statistics.median(taken) for kind, taken in times.items()}
    missing, *_ = names
    aucs = {kind: auc(times[missing], taken) for kind, taken in times.items()}
    apart = max(medians.values()) / min(medians.values()) - 1
    with capsys.disabled():
        sys.stdout.write(
            f" [{way}: {tries} tries each, medians within {100 * apart:.1f} of 100,"
            f" AUC {min(aucs.values()):.3f} to {max(aucs.values()):.3f}]"
        )
    assert {frozenset(said) for said in answers.values()} == {
        frozenset(answers[missing])
    }
    assert [outcome(answer) for answer in answers[missing]] == ["no"]
    assert apart < MOST_APART, medians
    assert all(abs(value - 0.5) <= auc_apart(tries) for value in aucs.values()), aucs


def test_g3_apop_neither(suite: Suite, names: dict[str, bytes]) -> None:
    """TRUST G3: the same words whether there is a user, and whether with a secret."""
    directory = ("--dir", str(suite.directory))
    run_mailmax("user", "apop", EXISTING, "--secret", "tanstaaf-3", *directory)
    run_mailmax("config", "set", "offer_apop", "true", *directory)
    try:
        answers = set()
        for name in names.values():
            with Wire(suite, "pop3") as wire:
                answers.add(wire.ask(b"APOP %b %b" % (name, b"0" * 32)))
    finally:
        run_mailmax("config", "set", "offer_apop", "false", *directory)

    assert [outcome(answer) for answer in answers] == ["no"]
