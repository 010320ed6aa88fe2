"""Test messages by the REST API: what of rules is told to whom."""

import pytest

from fix_hub import HubHouse
from fix_web import Web
from mailmax.hub.contract.probes import (
    FiredRule,
    PostProbe,
    ProbeSeen,
    ProbeTaken,
    SeekProbe,
)

pytestmark = pytest.mark.manual("1.4")

PLACE = "/users/tim@a.test/test-messages"
FIRED = tuple(FiredRule(scope, f"of {scope}") for scope in ("system", "domain", "user"))
SEEN = ProbeSeen("diverted", reason="discarded", rules=FIRED)


@pytest.mark.parametrize(
    ("person", "named"),
    [
        ("tim@a.test", ["", "", "of user"]),
        ("chief@a.test", ["", "of domain", "of user"]),
        ("root@a.test", ["of system", "of domain", "of user"]),
    ],
)
async def test_rules_of_who_may_more_have_no_name(
    web: Web, house: HubHouse, person: str, named: list[str]
):
    """TRUST I2."""
    filer = await house.client("filer")
    filer.on_request(PostProbe, lambda _: ProbeTaken())
    filer.on_request(SeekProbe, lambda _: SEEN)
    browser = await web.signed_in(person)

    sent = await browser.ask(f"POST {PLACE}", {"language": "de"})
    told = await browser.ask(f"GET {PLACE}/{sent.json['id']}?wait_ms=10")

    assert (sent.status, told.status) == (201, 200)
    assert [one["name"] for one in told.json["rules"]] == named
    assert (told.json["took_ms"], told.json["message"]) == (None, None)


async def test_what_is_not_understood_is_refused(web: Web):
    root = await web.signed_in("root@a.test")

    french = await root.ask(f"POST {PLACE}", {"language": "fr"})
    long = await root.ask(f"GET {PLACE}/x?wait_ms=60000")

    assert (french.status, long.status) == (422, 400)
