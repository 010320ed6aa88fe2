"""Who is at home at the hub's TLS door."""

from types import SimpleNamespace

import pytest

from mailmax.datamax.doors import is_at_home

HERE, THERE = ("192.0.2.1", 7), ("192.0.2.2", 7)


@pytest.mark.parametrize(
    ("peer", "own", "at_home"),
    [
        (HERE, HERE, True),
        (("127.0.0.1", 9), HERE, True),
        (THERE, HERE, False),
        (None, HERE, False),
        (THERE, None, False),
        (None, None, False),
    ],
)
def test_who_is_gone_already_is_elsewhere(peer, own, at_home):
    names = {"peername": peer, "sockname": own}
    transport = SimpleNamespace(get_extra_info=names.get)

    assert (
        is_at_home(SimpleNamespace(transport=transport, is_encrypted=True)) is at_home
    )
