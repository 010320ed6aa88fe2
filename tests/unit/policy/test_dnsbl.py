"""DNS block lists: the question, the meaning of answers, dead lists."""

import pytest

from mailmax.policy.dnsbl import (
    LONGEST_REASON,
    is_listing,
    probes,
    question,
    reason,
    trouble_of,
)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.99", "99.2.0.192.list.test"),
        ("::ffff:192.0.2.99", "99.2.0.192.list.test"),
        (
            "2001:db8::1",
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.list.test",
        ),
        ("fe80::1%eth0", f"1.{'0.' * 28}8.e.f.list.test"),
        ("", None),
        ("unix", None),
    ],
)
def test_the_address_is_reversed_in_front_of_the_zone(address, name):
    assert question(address, "list.test") == name


def test_a_list_is_tried_with_what_it_lists_and_what_it_must_not():
    assert probes("list.test") == ("2.0.0.127.list.test", "1.0.0.127.list.test")


@pytest.mark.parametrize(
    ("addresses", "listed"),
    [
        ([], False),
        (["127.0.0.2"], True),
        (["127.0.0.10", "127.0.0.4"], True),
        (["198.51.100.7"], False),
        (["127.255.255.254"], False),
        (["not an address"], False),
        (["198.51.100.7", "127.0.0.3"], True),
    ],
)
def test_only_loopback_addresses_say_listed(addresses, listed):
    assert is_listing(addresses) is listed


@pytest.mark.parametrize(
    ("listed", "free", "trouble"),
    [
        (["127.0.0.2"], [], ""),
        ([], [], "it does not list 127.0.0.2"),
        (["127.0.0.2"], ["127.0.0.2"], "it lists 127.0.0.1"),
        ([], ["127.0.0.2"], "it lists 127.0.0.1"),
        (["198.51.100.7"], ["198.51.100.7"], "it does not list 127.0.0.2"),
    ],
)
def test_a_list_that_lists_nobody_or_everybody_is_not_believed(listed, free, trouble):
    assert trouble_of(listed, free).partition(",")[0] == trouble


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([b"Open relay, see https://list.test/"], "Open relay, see https://list.test/"),
        ([b"a\r\n250 OK\x1b[2J"], "a??250 OK?[2J"),
        ([b"  ", b"second"], "second"),
        ([], "listed by list.test"),
        ([b"x" * 1000], "x" * LONGEST_REASON),
    ],
)
def test_the_words_of_a_list_are_made_fit_for_a_reply(texts, words):
    assert reason("list.test", texts) == words
