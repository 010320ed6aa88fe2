"""Every "no" of the web, as a problem: status, code, field, reason and cure.

Standards:
    RFC 9457 (problem details), RFC 9110 §15, RFC 6585 (428, 431).
"""

from http import HTTPStatus
from typing import Any

import msgspec

from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.hub.contract.message import Denied
from mailmax.settings.field import BadValue
from mailmax.webadmin.authorize import Refused

MEDIA_TYPE = "application/problem+json"
RETRY_S = 5


class ProblemBody(msgspec.Struct, frozen=True, rename={"kind": "type"}):
    """What a program reads of a refusal."""

    title: str
    status: int
    code: str
    """A word that does not change between versions."""
    detail: str
    """The reason."""
    field: str = ""
    hint: str = ""
    """The cure."""
    kind: str = "about:blank"


class Problem(Exception):
    """Carried out is nothing of it, and this is why."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        field: str = "",
        hint: str = "",
    ) -> None:
        """Say why.

        Args:
            status: Of HTTP.
            code: Word for programs.
            detail: The reason.
            field: Which part of what was sent it is about.
            hint: The cure.
        """
        super().__init__(detail)
        title = status.phrase
        self.body = ProblemBody(title, int(status), code, detail, field, hint)
        self.status = status
        self.headers: dict[str, str] = {}

    def with_header(self, name: str, value: str) -> "Problem":
        """Return it with a header more."""
        self.headers[name] = value
        return self


_OF_DENIED = {
    "bad_value": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "not_allowed": HTTPStatus.FORBIDDEN,
    "wrong_password": HTTPStatus.FORBIDDEN,
    "later": HTTPStatus.SERVICE_UNAVAILABLE,
}
_FIELDS = {"search": "q"}
"""What is called another name here."""


def of_denied(denied: Denied) -> Problem:
    """Make a problem of what the hub refused."""
    status = _OF_DENIED[denied.kind]
    field = _FIELDS.get(denied.field, denied.field)
    return Problem(status, denied.kind, denied.reason, field, denied.cure)


def of_bad_value(bad: BadValue) -> Problem:
    """Make a problem of a value that cannot be used."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return Problem(status, "bad_value", bad.reason, bad.field, bad.cure)


def of_failure(failure: Failure) -> Problem:
    """Make a problem of an effect that failed; its cause stays in the log."""
    if isinstance(failure, TemporaryFailure):
        status = HTTPStatus.SERVICE_UNAVAILABLE
        problem = Problem(status, "later", failure.text, hint="try again later")
        return problem.with_header("Retry-After", str(RETRY_S))
    return Problem(HTTPStatus.BAD_REQUEST, "impossible", failure.text)


def bad_request(code: str, detail: str, field: str = "", hint: str = "") -> Problem:
    """Make the problem of a request that is not understood."""
    return Problem(HTTPStatus.BAD_REQUEST, code, detail, field, hint)


def not_found(detail: str = "there is no such thing here") -> Problem:
    """Make the problem of something missing, or not to be seen."""
    return Problem(HTTPStatus.NOT_FOUND, "not_found", detail)


def of_refused(why: Refused) -> Problem:
    """Make a problem of what `authorize` refused."""
    match why:
        case Refused.UNKNOWN:
            status = HTTPStatus.UNAUTHORIZED
            problem = Problem(status, "sign_in", "nobody has signed in", hint="sign in")
            return problem.with_header("WWW-Authenticate", "Bearer")
        case Refused.MISSING:
            return not_found()
        case Refused.SCOPE:
            detail = "this API key was not made for that"
            hint = "use one with the scope"
            return Problem(HTTPStatus.FORBIDDEN, "scope", detail, hint=hint)
        case Refused.FORBIDDEN:
            detail = "only a system administrator may change this"
            return Problem(HTTPStatus.FORBIDDEN, "not_allowed", detail)


def responses() -> dict[str, Any]:
    """Return how a problem stands in the description of the API."""
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {"description": "A problem.", "content": {MEDIA_TYPE: {"schema": schema}}}
