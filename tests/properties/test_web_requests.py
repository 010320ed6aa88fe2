"""Requests of every kind, made from the description of the REST API (TRUST I12).

Theory:
    schemathesis makes requests that fit the description; names in paths are drawn
    among those that there are, too, and half of the changes claim to have seen the
    thing as it is. Each role asks a hub of its own. No answer is a mistake of ours,
    and each fits what is described.

Limits:
    ``MAILMAX_WEB_REQUESTS`` a role, spread over the operations; `make trust` 10,000.
    Signing in costs a hash and, where it fails, a pause: a few of those are enough. The
    domain of who asks is not deleted: what follows would be anonymous.
"""

import asyncio
import os
import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies

from fix_web import PASSWORD, Web

schemathesis = pytest.importorskip("schemathesis")
requests = pytest.importorskip("requests")
CHECKS = [
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_headers_conformance,
    schemathesis.checks.response_schema_conformance,
]
"""Who may what is the matter of other tests: these requests are signed in."""

REQUESTS = int(os.environ.get("MAILMAX_WEB_REQUESTS", "100"))
MOST_LOGINS = 3
ROLES = {
    "system administrator": "root@a.test",
    "domain administrator": "chief@a.test",
    "user": "tim@a.test",
    "anonymous": "",
}
KNOWN = ("b.test", "bob@b.test", "tim@a.test", "max_users", "postmaster", "a.test")
SIGN_IN = ("post", "/api/v1/session")
SIGN_OUT = ("delete", "/api/v1/session")

DELETE_DOMAIN = ("delete", "/api/v1/domains/{name}")

pytestmark = [
    pytest.mark.timeout(300 + REQUESTS),
    # the web serves in this process: its own use of `random` is taken for a strategy's
    pytest.mark.filterwarnings(
        "ignore:Do not use the .random. module"
        ":hypothesis.errors.HypothesisDeprecationWarning"
    ),
]


class Asker:
    """Somebody of a role who asks, and signs in again where the session has ended."""

    def __init__(self, base: str, login: str) -> None:
        self.base = base
        self.login = login
        self.client = requests.Session()
        self.counts: Counter[int] = Counter()
        self.sign_in()

    def sign_in(self) -> None:
        """Sign in; anonymous: not."""
        self.client.cookies.clear()
        self.client.headers.pop("X-CSRF-Token", None)
        if self.login:
            credentials = {"login": self.login, "password": PASSWORD}
            answer = self.client.post(
                f"{self.base}/api/v1/session", json=credentials, timeout=30
            )
            assert answer.status_code == 201, answer.text
            self.client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]

    def ask(self, case: Any) -> None:
        """Ask, and look at the answer."""
        answer = self._answer(case)
        if answer.status_code == 401 and self.login and way_of(case) != SIGN_IN:
            self.sign_in()  # a request that was made up has ended the session
            answer = self._answer(case)
        self.counts[answer.status_code] += 1
        assert not is_mistake(answer), (case.method, case.path, answer.text)
        case.validate_response(answer, checks=CHECKS)

    def _answer(self, case: Any) -> Any:
        """Ask; where a setting that was made up has cut the link to the hub, again."""
        for _ in range(10):
            answer = case.call(base_url=self.base, session=self.client, timeout=30)
            if answer.status_code != 503 or "hub is away" not in answer.text:
                break
            time.sleep(0.5)
        return answer


def is_mistake(answer: Any) -> bool:
    """Tell whether an answer says that something of ours is wrong.

    Only a hub is here: what another service would know is asked for in vain.
    """
    if answer.status_code == 503:
        told = answer.json()
        if told["code"] == "system_away":
            return False  # another system, at a place that was made up
        return told["code"] != "later" or "not running" not in told["detail"]
    return answer.status_code >= 500


def way_of(operation: Any) -> tuple[str, str]:
    """Return method and path of an operation, or of a request to one."""
    return operation.method.lower(), operation.path


def is_stream(operation: Any) -> bool:
    """Tell whether an operation answers with events as they come."""
    return "text/event-stream" in str(operation.definition.raw["responses"])


def ask_all(base: str, login: str) -> Counter[int]:
    """Ask everything that is described; return how often there was which status."""
    description = requests.get(f"{base}/api/openapi.json", timeout=30).json()
    if login:
        _without_security(description)
    schema = schemathesis.openapi.from_dict(description)
    operations = [found.ok() for found in schema.get_all_operations()]
    asker = Asker(base, login)
    each = max(REQUESTS // len(operations), 2)
    for operation in operations:
        if way_of(operation) == SIGN_OUT:
            continue  # what follows would be anonymous
        if is_stream(operation):
            continue  # it has no end; its own tests read it
        most = MOST_LOGINS if way_of(operation) == SIGN_IN else each
        _ask_one(asker, operation, most)
        if way_of(operation) == SIGN_IN:
            asker.sign_in()
    return asker.counts


def _without_security(description: Any) -> None:
    """Let no cookie or key be made up in place of the session that there is."""
    del description["components"]["securitySchemes"]
    for operations in description["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)


def _ask_one(asker: Asker, operation: Any, most: int) -> None:
    @settings(
        max_examples=most,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), data=strategies.data())
    def probe(case: Any, data: Any) -> None:
        for name in case.path_parameters or {}:
            if data.draw(strategies.booleans(), label="known"):
                among = KNOWN if way_of(operation) != DELETE_DOMAIN else ("b.test",)
                known = data.draw(strategies.sampled_from(among), label=name)
                case.path_parameters[name] = known
        if "If-Match" in (case.headers or {}) and data.draw(strategies.booleans()):
            case.headers["If-Match"] = "*"
        asker.ask(case)

    probe()


@pytest.mark.parametrize("role", ROLES)
async def test_i12_no_request_finds_a_mistake(web: Web, role: str) -> None:
    """TRUST I12."""
    base = f"http://127.0.0.1:{web.port}"

    counts = await asyncio.to_thread(ask_all, base, ROLES[role])

    assert sum(counts.values()) >= REQUESTS // 2
    if ROLES[role]:
        assert counts[200] > 0
        assert counts[401] <= MOST_LOGINS
    else:
        assert counts.keys() <= {200, 400, 401, 403, 404, 415, 422}
