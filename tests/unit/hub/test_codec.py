"""The contract as octets: nothing a peer sends raises anything but Unreadable."""

import importlib
import inspect
import pkgutil

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.hub import contract
from mailmax.hub.codec import (
    Unreadable,
    decode_from_client,
    decode_from_hub,
    encode_message,
)
from mailmax.hub.contract.message import Message, Request, Secret
from mailmax.hub.contract.presence import SessionClosed
from mailmax.hub.contract.rows import UserRow
from mailmax.hub.contract.tables import TableUpdate
from mailmax.hub.contract.users import AddUser


@given(st.binary(max_size=200))
def test_random_octets_are_unreadable_or_a_message(octets):
    for decode in (decode_from_client, decode_from_hub):
        try:
            _, message = decode(octets)
        except Unreadable:
            continue
        assert isinstance(message, Message)


@pytest.mark.parametrize(
    "octets",
    [b"", b"\x92\x01\x91\xcd\x03\xe7", b"\x91" * 5000, b"\xc1", b"\x92\x01\x90"],
)
def test_odd_octets_are_unreadable(octets):
    with pytest.raises(Unreadable):
        decode_from_client(octets)


def test_no_tag_is_used_twice():
    modules = [
        importlib.import_module(f"{contract.__name__}.{found.name}")
        for found in pkgutil.iter_modules(contract.__path__)
    ]
    kinds = [
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Message) and kind.__module__ == module.__name__
    ]
    tags = [
        kind.__struct_config__.tag for kind in kinds if kind not in (Message, Request)
    ]

    assert None not in tags
    assert len(set(tags)) == len(tags) > 100


def test_messages_come_out_as_they_went_in():
    asked = AddUser("a@b", Secret("pw"), {"box_limit_octets": "5"})
    told = TableUpdate(b"e", 7, True, users=(UserRow(1, "a@b", "h", "disabled"),))

    assert decode_from_client(encode_message(3, asked)) == (3, asked)
    assert decode_from_hub(encode_message(0, told)) == (0, told)


def test_a_message_with_more_fields_than_we_know_is_understood():
    """New fields go at the end: an older program reads on."""
    longer = msgspec.msgpack.encode((1, [15, 5, "a field of tomorrow"]))

    assert decode_from_client(longer) == (1, SessionClosed(5))
