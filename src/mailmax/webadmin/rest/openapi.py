"""The description of the API, from its routes.

Standards: OpenAPI 3.1, JSON Schema 2020-12.
"""

from typing import Any

import msgspec

from mailmax import __version__
from mailmax.webadmin.rest import problems
from mailmax.webadmin.rest.problems import ProblemBody
from mailmax.webadmin.rest.routes import (
    AT_HOME,
    BASE,
    ELSEWHERE,
    JSON,
    MERGE_PATCH,
    Route,
    Routes,
)

_REF = "#/components/schemas/{name}"
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of what was seen.",
    "schema": {"type": "string"},
}


def describe(routes: Routes) -> bytes:
    """Return the whole description as JSON."""
    kinds: list[Any] = [ProblemBody]
    for one in routes.all:
        kinds += [
            kind for kind in (one.takes, one.gives, one.query) if kind is not None
        ]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    by_kind = dict(zip(map(_key, kinds), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in routes.all:
        operation = _operation(one, by_kind, components)
        paths.setdefault(BASE + one.path, {})[one.method.lower()] = operation
    tags = [{"name": tag} for tag in dict.fromkeys(one.tag for one in routes.all)]
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "openapi": "3.1.0",
                "info": {
                    "title": "MailMax",
                    "version": __version__,
                    "description": _ELSEWHERE,
                },
                "servers": [{"url": "/"}],
                "tags": tags,
                "paths": paths,
                "components": {"schemas": components, "securitySchemes": _SECURITY},
            }
        )
    )


_ELSEWHERE = (
    f"Below {BASE}/{ELSEWHERE}/NAME stands the same of another system that is saved "
    "under that name, but for what is about oneself: "
    f"{', '.join(sorted(AT_HOME))}."
)
_SECURITY = {
    "session": {"type": "apiKey", "in": "cookie", "name": "mailmax_session"},
    "key": {"type": "http", "scheme": "bearer"},
}


def _key(kind: Any) -> str:
    return repr(kind)


def _operation(
    route: Route, schemas: dict[str, Any], components: dict[str, Any]
) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.parameters
    ]
    if route.shown_by is not None:
        parameters.append(_IF_MATCH)
    if route.query is not None:
        parameters += _query(route.query, components, route.sorts)
    told: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.tag],
        "security": _security(route),
        "parameters": parameters,
        "responses": _responses(route, schemas),
    }
    if route.takes is not None:
        media = MERGE_PATCH if route.method == "PATCH" else "application/json"
        content = {media: {"schema": schemas[_key(route.takes)]}}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _security(route: Route) -> list[dict[str, list[str]]]:
    public: list[dict[str, list[str]]] = [{}] if route.is_public else []
    return [*public, {"session": []}, {"key": [route.scope]}]


def _responses(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": route.success.phrase}
    if route.gives is not None:
        schema = schemas[_key(route.gives)]
        good["content"] = {JSON: {"schema": schema}}
    elif route.media_type != JSON:
        good["content"] = {route.media_type: {"schema": {"type": "string"}}}
    problem = problems.responses()
    told = {str(int(route.success)): good}
    told |= {str(int(status)): problem for status in route.problems()}
    return told | {"default": problem}


def _query(
    kind: type, components: dict[str, Any], sorts: tuple[str, ...]
) -> list[dict[str, Any]]:
    properties = components[kind.__name__]["properties"]
    told: list[dict[str, Any]] = []
    for name, schema in properties.items():
        if name == "filter":
            style = {"style": "deepObject", "explode": True}
            told.append({"name": name, "in": "query", "schema": schema, **style})
        elif name == "sort" and sorts:
            words = f"One of: {', '.join(sorts)}."
            told.append(
                {"name": name, "in": "query", "schema": schema, "description": words}
            )
        else:
            told.append({"name": name, "in": "query", "schema": schema})
    return told
