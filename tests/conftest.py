"""Wiring of the tests: every ``fixtures/fix_*.py`` is a plugin, one theme each."""

import os
import sys
import warnings
from asyncio import AbstractEventLoop
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop
from hypothesis import Phase, settings

_FIXTURES = Path(__file__).parent / "fixtures"
_ALONE = Path(__file__).parent / "alone"
sys.path.insert(0, str(_FIXTURES))

pytest_plugins = sorted(path.stem for path in _FIXTURES.glob("fix_*.py"))
# Themes may import each other, in any order.
pytest.register_assert_rewrite(*pytest_plugins)

# A machine under load must not fail a property for its slowness; in CI the examples
# are the same every time, so that a red run can be repeated.
# Without the phase that explains a failure: for it every line of every example is
# traced, also of those that hold.
_QUICK = {"deadline": None, "phases": set(Phase) - {Phase.explain}}
settings.register_profile("dev", **_QUICK)
settings.register_profile("ci", **_QUICK, derandomize=True, database=None)
settings.register_profile("night", **_QUICK, max_examples=5_000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev")
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let several runs share the files of a directory."""
    parser.addoption(
        "--share",
        default="1/1",
        metavar="N/M",
        help="run only every M-th file of tests, from the N-th on",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the files of the others' shares."""
    share, shares = map(int, config.getoption("--share").split("/"))
    if shares == 1 or not collection_path.match("test_*.py"):
        return None
    files = sorted(collection_path.parent.glob("test_*.py"))
    return True if files.index(collection_path) % shares != share - 1 else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in ``alone`` as what it is: ``-m timed``."""
    for item in items:
        if item.path.parent == _ALONE:
            item.add_marker("timed")


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], AbstractEventLoop]]:
    """Tests that wait run on the loop of the services.

    asyncio's own one forgets a connection that it has let in when its server is closed
    a moment later: a socket that nobody closes.
    """
    return {"uvloop": StrictLoop}


class StrictLoop(uvloop.Loop):
    """A loop that may be closed with handles open, and says so.

    Where warnings are errors uvloop's own closing never ends then.
    """

    def close(self) -> None:
        """Close it.

        Raises:
            ResourceWarning: Something was not closed before.
        """
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            super().close()
        for one in told:
            raise ResourceWarning(one.message)
