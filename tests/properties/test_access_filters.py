"""The compiled filters equal the dullest loop over what an administrator wrote."""

import ipaddress
import random
import statistics
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailmax.policy.access import (
    BANNED,
    PERMITTED,
    TRUSTED,
    Access,
    FilterList,
    Pattern,
    octets_of,
    read_pattern,
)

KINDS = (PERMITTED, TRUSTED, BANNED, Access("custom", 2))

octet = st.one_of(
    st.sampled_from([0, 1, 7, 8, 127, 128, 254, 255]), st.integers(0, 255)
)
number = st.one_of(
    st.just("*"),
    octet.map(str),
    st.tuples(octet, octet).map(lambda both: f"{min(both)}-{max(both)}"),
)
four_numbers = st.tuples(number, number, number, number).map(".".join)
four = st.tuples(octet, octet, octet, octet).map(
    lambda parts: ".".join(map(str, parts))
)
prefix_4 = st.tuples(four, st.integers(0, 32)).map(
    lambda both: str(ipaddress.IPv4Network("/".join(map(str, both)), strict=False))
)
group = st.sampled_from([0, 1, 0xFFFF, 0x2001, 0xDB8])
six = st.tuples(*[group] * 8).map(lambda parts: ":".join(f"{part:x}" for part in parts))
prefix_6 = st.tuples(six, st.integers(0, 128)).map(
    lambda both: str(ipaddress.IPv6Network("/".join(map(str, both)), strict=False))
)
mapped = four.map("::ffff:{}".format)
patterns = st.one_of(st.just("*"), four_numbers, prefix_4, six, prefix_6, mapped)
clients = st.one_of(four, six, mapped)


def dull(pattern: str, client: str) -> bool:
    """Tell whether an address matches, with the standard library and patience."""
    address = ipaddress.ip_address(client)
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    if pattern == "*":
        return True
    if ":" not in pattern and "/" not in pattern:
        return address.version == 4 and all(
            within(part, int(value))
            for part, value in zip(
                pattern.split("."), str(address).split("."), strict=True
            )
        )
    network = ipaddress.ip_network(pattern)
    inner = getattr(network.network_address, "ipv4_mapped", None)
    if inner and network.prefixlen >= 96:
        network = ipaddress.ip_network(f"{inner}/{network.prefixlen - 96}")
    return address.version == network.version and address in network


def within(part: str, value: int) -> bool:
    low, _, high = part.replace("*", "0-255").partition("-")
    return int(low) <= value <= int(high or low)


@given(st.lists(st.tuples(patterns, st.sampled_from(KINDS)), max_size=40), clients)
@settings(max_examples=500)
def test_first_match_equals_the_dullest_loop(rules, client):
    expected = next((kind for text, kind in rules if dull(text, client)), None)

    filters = FilterList((read_pattern(text), kind) for text, kind in rules)

    assert filters.match(octets_of(client)) is expected


@given(st.text("0123456789.*-/:abcdefxF% ", max_size=40))
def test_reading_never_raises_and_is_stable(text):
    read = read_pattern(text)

    if isinstance(read, Pattern):
        assert read_pattern(read.text) == read


@given(st.text(max_size=50))
def test_a_client_that_is_no_address_matches_nothing(text):
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        assert FilterList([(read_pattern("*"), TRUSTED)]).match(octets_of(text)) is None


@pytest.mark.timed
def test_ten_thousand_filters_slow_nobody_down():
    """Under 20 us a look-up; the peers do not repeat, so no cache helps."""
    chance = random.Random(5)

    def some() -> str:
        low = chance.randrange(256)
        return chance.choice(["*", str(low), f"{low}-{chance.randrange(low, 256)}"])

    texts = [
        f"{chance.randrange(1, 200)}.{some()}.{some()}.{some()}" for _ in range(10_000)
    ]
    filters = FilterList([(read_pattern(text), TRUSTED) for text in texts])
    peers = [
        ".".join(str(chance.randrange(256)) for _ in range(4)) for _ in range(3_000)
    ]
    peers += [f"220.1.{n % 256}.{n // 256}" for n in range(2_000)]
    rounds = []

    for begin in range(0, 5_000, 500):
        started = time.perf_counter()
        for peer in peers[begin : begin + 500]:
            filters.match(octets_of(peer))
        rounds.append((time.perf_counter() - started) / 500)

    assert statistics.median(rounds) < 20e-6
    assert filters.match(octets_of("220.1.1.1")) is None
