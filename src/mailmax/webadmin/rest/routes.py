"""Routes: method, path, who may, what is taken and given; declared above the function.

Theory:
    ``@route("GET", "/domains/{name}", scope="domains:read", owner=domain("name"))``
    makes a `Route` of a function that takes a `Call`. The table of all routes is what
    is served, described (`openapi`) and tested: each has a scope and an owner, or it
    cannot be declared.

Rules:
    GET changes nothing (TRUST I7). A route whose thing has an ETag says how it is
    shown (`shown_by`), and is carried out only for who has seen it as it is.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from mailmax.webadmin.authorize import OfAlias, OfDomain, OfUser, Owner, Whose
from mailmax.webadmin.rest.call import Call

BASE: Final = "/api/v1"
JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
ELSEWHERE: Final = "s"
"""``/s/NAME/…`` below `BASE`: the same at another system."""
AT_HOME: Final = frozenset(
    {
        "session",
        "sessions",
        "keys",
        "preferences",
        "second_factor",
        "systems",
        "system-groups",
    }
)
"""Resources that are of this system alone."""

Handler = Callable[[Call], Awaitable[Any]]
FindOwner = Callable[[Mapping[str, str]], Owner]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API."""

    method: str
    path: str
    scope: str
    owner: FindOwner
    handler: Handler
    takes: type | None = None
    gives: Any = None
    query: type | None = None
    status: HTTPStatus = HTTPStatus.OK
    shown_by: Handler | None = None
    errors: tuple[HTTPStatus, ...] = ()
    media_type: str = JSON
    """Of what it gives."""
    sorts: tuple[str, ...] = ()
    """The columns of a short list."""

    @property
    def success(self) -> HTTPStatus:
        """The status where all is well: nothing to give is 204 (RFC 9110 §15.3.5)."""
        is_empty = self.gives is None and self.media_type == JSON
        return HTTPStatus.NO_CONTENT if is_empty else self.status

    @property
    def name(self) -> str:
        """What programs call the operation."""
        return self.handler.__name__

    @property
    def summary(self) -> str:
        """The first line of what the function says of itself."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[0]

    @property
    def tag(self) -> str:
        """The resource it belongs to."""
        return self.scope.partition(":")[0]

    @property
    def parts(self) -> tuple[str, ...]:
        """The path between its slashes."""
        return tuple(self.path.strip("/").split("/"))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that stand in braces."""
        return tuple(part[1:-1] for part in self.parts if part.startswith("{"))

    @property
    def changes(self) -> bool:
        """It changes something."""
        return self.method != "GET"

    @property
    def is_at_home(self) -> bool:
        """It is about who asks, or about this web: no other system is asked."""
        return self.parts[0] in AT_HOME

    @property
    def is_public(self) -> bool:
        """Who has not signed in may ask, too."""
        return not self.parameters and self.owner({}) is Whose.EVERYBODY

    def problems(self) -> tuple[HTTPStatus, ...]:
        """Return what may be answered in place of what is asked for."""
        found = [HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE, *self.errors]
        if not self.is_public:
            found += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
        if self.parameters:
            found.append(HTTPStatus.NOT_FOUND)
        if self.changes:
            found += [HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT]
        if self.takes is not None:
            found += [
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                HTTPStatus.UNPROCESSABLE_ENTITY,
            ]
        if self.shown_by is not None:
            found += [HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED]
        return tuple(sorted(set(found)))


@dataclass(frozen=True, slots=True)
class Shape:
    """What goes in and out of a route, where it is not only a path."""

    takes: type | None = None
    gives: Any = None
    query: type | None = None
    status: HTTPStatus = HTTPStatus.OK
    shown_by: Handler | None = None
    errors: tuple[HTTPStatus, ...] = ()
    media_type: str = JSON
    """Of what it gives; other than JSON is text."""
    sorts: tuple[str, ...] = ()
    """The columns by which a short list can be sorted."""


_NOTHING = Shape()


def route(
    way: str, *, scope: str, owner: FindOwner, shape: Shape = _NOTHING
) -> Callable[[Handler], Route]:
    """Declare a route.

    Args:
        way: Method and path below `BASE`: ``GET /domains/{name}``.
        scope: ``RESOURCE:read`` or ``RESOURCE:write``.
        owner: Finds whose thing it is, of the names in the path.
        shape: What goes in and out.
    """
    method, _, path = way.partition(" ")

    def declare(handler: Handler) -> Route:
        return Route(
            method,
            path,
            scope,
            owner,
            handler,
            shape.takes,
            shape.gives,
            shape.query,
            shape.status,
            shape.shown_by,
            shape.errors,
            shape.media_type,
            shape.sorts,
        )

    return declare


# Owners


def nobodys(whose: Whose) -> FindOwner:
    """Return the owner of what has no name."""

    def find(_: Mapping[str, str]) -> Owner:
        return whose

    return find


def domains(parameter: str, *, is_open: bool = False) -> FindOwner:
    """Return what finds the domain that a name in the path says.

    Args:
        parameter: Its name in the path.
        is_open: The domain's administrators may change it, too.
    """

    def find(params: Mapping[str, str]) -> Owner:
        return OfDomain(params[parameter], is_open)

    return find


def users(parameter: str, *, is_own: bool = False) -> FindOwner:
    """Return what finds the user that an address in the path says.

    Args:
        parameter: Its name in the path.
        is_own: The user may see and change it, too.
    """

    def find(params: Mapping[str, str]) -> Owner:
        return OfUser(params[parameter], is_own)

    return find


def aliases(parameter: str) -> FindOwner:
    """Return what finds the alias that an address in the path says.

    Args:
        parameter: Its name in the path.
    """

    def find(params: Mapping[str, str]) -> Owner:
        return OfAlias(params[parameter])

    return find


class Routes:
    """All routes, found by method and path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Take them; two of the same method and path are a mistake."""
        self.all = tuple(routes)
        self._by_length: dict[int, list[Route]] = {}
        seen: set[tuple[str, tuple[str, ...]]] = set()
        for one in self.all:
            key = (one.method, tuple(_blank(part) for part in one.parts))
            if key in seen:
                raise ValueError(f"{one.method} {one.path} is declared twice")
            seen.add(key)
            self._by_length.setdefault(len(one.parts), []).append(one)
        for some in self._by_length.values():  # words before names
            some.sort(key=lambda one: [part.startswith("{") for part in one.parts])

    def find(
        self, segments: tuple[str, ...]
    ) -> dict[str, tuple[Route, dict[str, str]]]:
        """Return by method the routes of a path, and the names that stand in it."""
        found: dict[str, tuple[Route, dict[str, str]]] = {}
        for one in self._by_length.get(len(segments), ()):
            names = _match(one.parts, segments)
            if names is not None:
                found.setdefault(one.method, (one, names))
        return found


def _blank(part: str) -> str:
    return "{}" if part.startswith("{") else part


def _match(parts: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    names: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            if not segment:
                return None
            names[part[1:-1]] = segment
        elif part != segment:
            return None
    return names
