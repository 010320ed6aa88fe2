"""The DNS codec: nothing that a stranger sends raises."""

import dns.message
from hypothesis import given
from hypothesis import strategies as st

from mailmax.net.dns.cache import TtlCache
from mailmax.net.dns.codec import (
    TRUNCATED,
    Kind,
    Reply,
    make_question,
    parse_name,
    read_reply,
)

NAME = parse_name("example.test")
QUESTION = make_question(NAME, Kind.MX)
GOOD = dns.message.make_response(dns.message.from_wire(QUESTION.octets)).to_wire()


@given(st.binary(max_size=600))
def test_garbage_is_no_reply(octets):
    head = QUESTION.octets[:2] + b"\x81\x80"
    for data in (octets, head + octets):
        result = read_reply(QUESTION, data)
        assert result is None or isinstance(result, Reply) or result is TRUNCATED


@given(st.data())
def test_a_reply_with_some_octets_changed_never_raises(data):
    octets = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(
            st.integers(0, 255)
        )
    result = read_reply(QUESTION, bytes(octets))
    assert result is None or isinstance(result, Reply) or result is TRUNCATED


def test_the_name_keeps_its_meaning_in_random_case():
    shouted = make_question(NAME, Kind.MX, lambda bits: (1 << bits) - 1)

    assert QUESTION.name == NAME
    assert shouted.octets[12:].startswith(b"\7EXAMPLE\4TEST\0")


def test_the_cache_is_bounded_and_forgets_by_time():
    cache: TtlCache[str, int] = TtlCache(entries=2)
    cache.keep("a", 1, 10.0)
    cache.keep("b", 2, 20.0)

    assert cache.find("a", 9.9) == 1
    cache.keep("c", 3, 20.0)
    assert [cache.find(key, 9.9) for key in "abc"] == [1, None, 3]
    assert cache.find("a", 10.0) is None
    assert len(cache) == 1
