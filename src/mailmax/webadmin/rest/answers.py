"""What goes back: status, headers, octets or a stream of them.

Standards: RFC 9110 §8.8.3 (ETag), §13 (conditions), RFC 9457.
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec

from mailmax.webadmin.rest.problems import MEDIA_TYPE, Problem

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; a route that returns anything else has it encoded as JSON."""

    status: HTTPStatus = HTTPStatus.OK
    body: bytes | AsyncIterator[bytes] = b""
    media_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    """Values of Set-Cookie."""


def encoded(value: Any, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """Make an answer of a value."""
    return Answer(status, msgspec.json.encode(value), JSON)


def made(value: Any, where: str) -> Answer:
    """Make the answer of a thing that is new.

    Args:
        value: What is told of it.
        where: Its path.
    """
    body = msgspec.json.encode(value)
    return Answer(HTTPStatus.CREATED, body, JSON, {"Location": where})


def of_problem(problem: Problem) -> Answer:
    """Make an answer of a problem."""
    body = msgspec.json.encode(problem.body)
    return Answer(problem.status, body, MEDIA_TYPE, problem.headers)


def etag_of(body: bytes) -> str:
    """Return the entity tag of what is shown so."""
    digest = hashlib.sha256(body).digest()[:15]
    return f'"{base64.urlsafe_b64encode(digest).decode()}"'


def names_tag(header: str, tag: str) -> bool:
    """Tell whether ``If-Match`` or ``If-None-Match`` holds for a tag."""
    given = [one.strip().removeprefix("W/") for one in header.split(",")]
    return tag in given or given == ["*"]
