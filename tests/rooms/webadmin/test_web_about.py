"""Versions and licences of the parts, by the REST API (ADM-8)."""

from importlib import metadata

import pytest

from fix_web import Web
from mailmax import __version__


async def test_versions_and_licences_are_told(web: Web):
    root = await web.signed_in("root@a.test")

    told = (await root.ask("GET /about")).json

    assert told["version"] == __version__
    assert told["python"].startswith("CPython 3.")
    parts = {part["name"].lower(): part for part in told["parts"]}
    assert parts["msgspec"]["version"] == metadata.version("msgspec")
    assert {"alembic", "cryptography", "sqlalchemy", "uvicorn"} <= set(parts)
    assert "pytest" not in parts
    assert {"MIT", "Apache-2.0 OR BSD-3-Clause"} <= {
        p["licence"] for p in told["parts"]
    }


@pytest.mark.parametrize("who", ["chief@a.test", "tim@a.test", ""])
async def test_versions_are_not_told_to_others(web: Web, who):
    browser = await web.signed_in(who) if who else web.browser()

    assert (await browser.ask("GET /about")).status in {401, 403, 404}
