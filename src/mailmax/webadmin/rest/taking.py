"""What a route takes: query and body, as the types that it has declared.

Standards: RFC 7396 (merge patch), RFC 9110 §8.3.
"""

import re
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from mailmax.settings.misfit import misfit
from mailmax.webadmin.rest.exchange import Exchange, check_json, read_body
from mailmax.webadmin.rest.problems import Problem, bad_request
from mailmax.webadmin.rest.routes import MERGE_PATCH, Route

_JSON = "application/json"
_REFERENCE = "see /api/openapi.json"
_MOST_FIELDS = 100
_FILTER = re.compile(r"filter\[(\w{1,60})\]")
TakenT = TypeVar("TakenT")


def take_query(route: Route, query: str) -> Any:
    """Return the query of a request.

    Raises:
        Problem: There is something in it that the route does not know.
    """
    found: dict[str, Any] = {}
    for name, value in _pairs(query):
        inner = _FILTER.fullmatch(name)
        place = found.setdefault("filter", {}) if inner else found
        key = inner[1] if inner else name
        if key in place:
            raise bad_request("query_twice", "it is given twice", name[:60])
        place[key] = value
    if route.query is None:
        if found:
            name = next(iter(found))[:60]
            raise bad_request("query", "there is no such parameter here", name)
        return None
    try:
        return msgspec.convert(found, route.query, strict=False)
    except msgspec.ValidationError as error:
        raise _of_validation("query", error) from error


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query,
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise bad_request("query", "the query cannot be read") from error


async def take_body(route: Route, exchange: Exchange) -> Any:
    """Return the body of a request.

    Raises:
        Problem: It is not what the route takes.
    """
    octets = await read_body(exchange)
    if route.takes is None:
        if octets.strip() not in {b"", b"{}"}:
            raise bad_request("body", "nothing is taken here", hint="leave it away")
        return None
    wanted = MERGE_PATCH if route.method == "PATCH" else _JSON
    _check_type(wanted, exchange)
    return await _decode(octets, route.takes)


async def take_json(exchange: Exchange, kind: type[TakenT]) -> TakenT:
    """Return a body of JSON, as that type.

    Raises:
        Problem: It is not that.
    """
    octets = await read_body(exchange)
    _check_type(_JSON, exchange)
    return await _decode(octets, kind)


async def _decode(octets: bytes, kind: type[TakenT]) -> TakenT:
    await check_json(octets)
    try:
        return msgspec.json.decode(octets, type=kind)
    except msgspec.ValidationError as error:
        raise _of_validation("bad_value", error) from error
    except msgspec.DecodeError as error:
        raise bad_request("no_json", "the body is no JSON") from error


def _check_type(wanted: str, exchange: Exchange) -> None:
    kind = exchange.headers.get("content-type", "")
    kind = kind.partition(";")[0].strip().lower()
    if kind not in {wanted, _JSON}:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "media_type",
            f"{kind[:60] or 'nothing'} is not taken here",
            "content-type",
            f"send {wanted}",
        )


def _of_validation(code: str, error: msgspec.ValidationError) -> Problem:
    bad = misfit(error, _REFERENCE)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if code == "query":
        status = HTTPStatus.BAD_REQUEST
    return Problem(status, code, bad.reason[:300], bad.field[:100], bad.cure)
