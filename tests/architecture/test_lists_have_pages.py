"""No list of the hub's contract is unbounded (DESIGN 9)."""

import typing

import msgspec
import pytest

from mailmax.hub import codec
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Denied

LISTS = [
    request
    for request in typing.get_args(codec.ToHub)
    if request.__name__.startswith("List")
]


def fields_of(kind: type) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.name: field for field in msgspec.structs.fields(kind)}


def test_the_lists_are_found():
    names = {request.__name__.removeprefix("List") for request in LISTS}
    assert names >= {"Queue", "Users", "Domains", "Aliases", "Sessions"}


@pytest.mark.parametrize("request_type", LISTS)
def test_every_list_has_a_limit_and_a_cursor(request_type):
    asked = fields_of(request_type)
    if "choice" in asked:
        assert asked["choice"].default == Choice()
    else:
        assert asked["limit"].default == PAGE_ROWS
        assert asked["after"].default == ""

    [base] = request_type.__orig_bases__
    [answers] = typing.get_args(base)
    page, denied = typing.get_args(answers)
    assert denied is Denied
    assert fields_of(page)["next"].default == ""
    assert "rows" in fields_of(page)
