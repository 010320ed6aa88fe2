"""Wiring of the tests: every ``fixtures/fix_*.py`` is a plugin, one theme each."""

import sys
from pathlib import Path

import pytest

_FIXTURES = Path(__file__).parent / "fixtures"
sys.path.insert(0, str(_FIXTURES))

pytest_plugins = sorted(path.stem for path in _FIXTURES.glob("fix_*.py"))
# Themes may import each other, in any order.
pytest.register_assert_rewrite(*pytest_plugins)
