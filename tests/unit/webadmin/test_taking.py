"""What comes is looked at before it is believed (TRUST I10)."""

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from mailmax.webadmin.api import all_routes
from mailmax.webadmin.rest.exchange import MOST_OCTETS, check_json, read_body, read_head
from mailmax.webadmin.rest.problems import Problem


def scope(path: bytes = b"/", query: bytes = b"", headers: Any = ()) -> dict[str, Any]:
    return {
        "method": "GET",
        "raw_path": path,
        "query_string": query,
        "headers": list(headers),
        "scheme": "http",
        "client": ("127.0.0.1", 1),
    }


async def nothing() -> dict[str, Any]:
    return {"type": "http.request"}


def code_of(body: bytes) -> str:
    with pytest.raises(Problem) as caught:
        asyncio.run(check_json(body))
    return caught.value.body.code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 100_000, "too_deep"),
        (b"[" * 40 + b"]" * 40, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b'{"a":1,"a":2}', "key_twice"),
        (b'[{"b":{"a":1,"\\u0061":2}}]', "key_twice"),
        (b"", "no_json"),
        (b'{"a":', "no_json"),
        (b"NaN", "no_json"),
        (b"1" * 5000, "large_number"),
        (b'"\xff"', "no_json"),
        (b'"' * 200_001, "no_json"),
    ],
)
def test_json_that_could_mislead_is_refused(body, code):
    assert code_of(body) == code


def test_brackets_in_text_are_no_depth():
    asyncio.run(check_json(b'{"a":"' + b"[" * 1000 + b'\\"[["}'))


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        (b"/a/b%2Fc", ("a", "b/c")),
        (b"/admin/..%2f..%2fetc", ("admin", "../../etc")),
        (b"/", ("",)),
        (b"/a%40b", ("a@b",)),
    ],
)
def test_a_path_is_decoded_part_by_part(path, segments):
    assert read_head(scope(path), nothing).segments == segments


@pytest.mark.parametrize(
    "bad",
    [
        scope(b"/a%00b"),
        scope(b"/%ff"),
        scope(b"http://evil/"),
        scope(query=b"a" * 9000),
        scope(headers=[(b"a", b"b")] * 101),
        scope(headers=[(b"a", b"b" * 40_000)]),
        scope(headers=[(b"host", b"a"), (b"host", b"b")]),
        scope(headers=[(b"content-length", b"1"), (b"transfer-encoding", b"chunked")]),
    ],
)
def test_an_impossible_head_is_refused(bad):
    with pytest.raises(Problem):
        read_head(bad, nothing)


@pytest.mark.parametrize("length", [b"1048577", b"9" * 30, b"-1", b"1_0", "٣".encode()])
async def test_a_body_too_long_is_refused_before_it_comes(length):
    async def never() -> dict[str, Any]:
        raise AssertionError("it is read")

    head = read_head(scope(headers=[(b"content-length", length)]), never)

    with pytest.raises(Problem):
        await read_body(head)


async def test_a_body_that_says_no_length_is_cut_off():
    async def endless() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * 60_000, "more_body": True}

    with pytest.raises(Problem) as caught:
        await read_body(read_head(scope(), endless))

    assert caught.value.body.code == "too_large"
    assert caught.value.headers["Connection"] == "close"
    assert MOST_OCTETS == 1 << 20


def test_a_moment_is_taken_with_its_offset_alone():
    """One without may be in a year that nobody has: year 1 was a mistake of ours."""
    taken = {
        (route.path, field.name): field.type
        for route in all_routes().all
        for kind in (route.query, route.takes)
        if kind is not None
        for field in fields_of(msgspec.inspect.type_info(kind))
    }
    moments = {place: kind for place, kind in taken.items() if "DateTime" in str(kind)}

    assert ("/logs/{service}/{file}", "since") in moments
    assert [
        place for place, kind in moments.items() if "tz=True" not in str(kind)
    ] == []


def fields_of(kind: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Field]:
    """Give the fields of a struct, and of those in it."""
    if isinstance(kind, msgspec.inspect.StructType):
        for field in kind.fields:
            if isinstance(field.type, msgspec.inspect.StructType):
                yield from fields_of(field.type)
            else:
                yield field
