"""One request as it came, and its body within limits.

Rules:
    Limits hold before anything is parsed: the length that is announced, then the
    octets that come, and a time for them all. JSON is refused where it is nested
    deeper than anything of ours, or names a key twice: what reads the first of them
    and what reads the last must not differ (TRUST I10).

Limits:
    1 MiB of body in 30 s, 32 levels, 8 KiB of query, 100 headers of 32 KiB together.

Standards: RFC 9110, RFC 9112 §6.1, RFC 8259 §4.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from mailmax.webadmin.rest.problems import Problem, bad_request

MOST_OCTETS = 1 << 20
BODY_S = 30.0
DEEPEST = 32
_LONGEST_NUMBER = 20
"""Characters."""
LONGEST_QUERY = 8192
MOST_HEADERS = 100
MOST_HEADER_OCTETS = 32_768
_IN_LOOP_OCTETS = 65_536
"""More than that is looked through beside the event loop."""
_CHECKER = ThreadPoolExecutor(1, "json")
"""One at a time: 1 MiB of keys is 20 times as much once it is read (TRUST I10)."""
_ONCE = frozenset(
    {"host", "content-length", "content-type", "authorization", "origin", "if-match"}
)
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[][{}]")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked, without its body."""

    method: str
    segments: tuple[str, ...]
    """The path between its slashes, each part decoded by itself."""
    query: str
    headers: Mapping[str, str]
    """By name in lower case."""
    peer: str
    is_encrypted: bool
    receive: Receive

    @property
    def path(self) -> str:
        """The path for people and logs."""
        return "/" + "/".join(self.segments)

    def cookie(self, name: str) -> str:
        """Return the value of a cookie; empty without."""
        for pair in self.headers.get("cookie", "").split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name:
                return value
        return ""


def read_head(scope: Scope, receive: Receive) -> Exchange:
    """Make an exchange of what the server gives.

    Raises:
        Problem: Too much, or impossible.
    """
    headers = _read_headers(scope["headers"])
    if "transfer-encoding" in headers and "content-length" in headers:
        raise bad_request("framing", "its length is said in two ways")
    query = scope["query_string"]
    if len(query) > LONGEST_QUERY:
        raise Problem(
            HTTPStatus.REQUEST_URI_TOO_LONG,
            "too_long",
            "the query is too long",
            hint=f"send at most {LONGEST_QUERY} octets",
        )
    client = scope.get("client")
    return Exchange(
        scope["method"],
        _read_path(scope["raw_path"]),
        query.decode("ascii", "replace"),
        headers,
        client[0] if client else "",
        scope["scheme"] == "https",
        receive,
    )


def _read_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    octets = sum(len(name) + len(value) for name, value in raw)
    if len(raw) > MOST_HEADERS or octets > MOST_HEADER_OCTETS:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        raise Problem(status, "too_long", "there is too much in the headers")
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        if key not in headers:
            headers[key] = text
        elif key in _ONCE:
            raise bad_request("header_twice", "it is sent twice", key)
        else:
            headers[key] += ("; " if key == "cookie" else ", ") + text
    return headers


def _read_path(raw: bytes) -> tuple[str, ...]:
    try:
        parts = [
            unquote(part, errors="strict") for part in raw.decode("ascii").split("/")
        ]
    except UnicodeDecodeError as error:
        raise bad_request("path", "the path is no UTF-8") from error
    if parts[0] or any(not part.isprintable() for part in parts):
        raise bad_request("path", "the path cannot be one")
    return tuple(parts[1:])


async def read_body(exchange: Exchange) -> bytes:
    """Return the body.

    Raises:
        Problem: It is too long, or takes too long.
    """
    length = exchange.headers.get("content-length", "0")
    if not (length.isascii() and length.isdecimal()):
        raise bad_request("framing", "the length is no number", "content-length")
    if len(length) > 10 or int(length) > MOST_OCTETS:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            while (event := await exchange.receive())["type"] == "http.request":
                body += event.get("body", b"")
                if len(body) > MOST_OCTETS:
                    raise _too_large()
                if not event.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        status = HTTPStatus.REQUEST_TIMEOUT
        problem = Problem(status, "too_slow", "the body did not come in time")
        raise problem.with_header("Connection", "close") from None
    raise bad_request("gone", "the client has hung up")


def _too_large() -> Problem:
    problem = Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too_large",
        "the body is too large",
        hint=f"send at most {MOST_OCTETS} octets",
    )
    return problem.with_header("Connection", "close")


async def check_json(body: bytes) -> None:
    """Look through JSON before its types are looked at.

    Raises:
        Problem: It is none, too deep, names a key twice, or has a number that the
            hub cannot be told.
    """
    if len(body) <= _IN_LOOP_OCTETS:
        _check_json(body)
    else:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(_CHECKER, _check_json, body)


def _check_json(body: bytes) -> None:
    try:
        json.loads(
            body,
            object_pairs_hook=_each_once,
            parse_constant=_refuse,
            parse_int=_of_the_hub,
        )
    except RecursionError:
        raise _too_deep() from None
    except Problem as problem:
        # Its traceback would keep what was read while the next body is read.
        raise problem.with_traceback(None) from None
    except ValueError as error:
        raise bad_request("no_json", "the body is no JSON") from error
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", body)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > DEEPEST:
            raise _too_deep()


def _too_deep() -> Problem:
    return bad_request("too_deep", f"it is nested deeper than {DEEPEST} levels")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise bad_request("key_twice", "it is given twice", name[:60])
        found[name] = value
    return found


def _of_the_hub(digits: str) -> int:
    """Read a whole number: of 64 bits, as frames and columns have them."""
    if (
        len(digits) <= _LONGEST_NUMBER
        and -(1 << 63) <= (found := int(digits)) < 1 << 63
    ):
        return found
    raise bad_request("large_number", "a number has more than 64 bits")


def _refuse(word: str) -> None:
    raise ValueError(word)
