"""Who would be shut out by a list of IP filters as it would be (CON-1)."""

import pytest

from mailmax.policy.access import octets_of
from mailmax.policy.lockout import Line, shuts_out

ME = octets_of("192.0.2.9")
LETS_ME: Line = ("192.0.2.*", "permitted")
BANS_ME: Line = ("192.0.2.9", "banned")
BANS_ALL: Line = ("*", "banned")
OTHER: Line = ("203.0.113.0/24", "banned")


@pytest.mark.parametrize(
    ("before", "after", "is_so"),
    [
        ([], [BANS_ME], True),
        ([], [OTHER], False),
        ([OTHER], [BANS_ALL], True),
        ([LETS_ME], [LETS_ME, BANS_ME], False),
        ([LETS_ME], [BANS_ME, LETS_ME], True),
        ([LETS_ME, BANS_ALL], [BANS_ALL], True),
        ([LETS_ME, BANS_ALL], [BANS_ALL, LETS_ME], True),
        ([LETS_ME, BANS_ALL], [("192.0.2.9", "trusted"), BANS_ALL], False),
        ([LETS_ME, BANS_ALL], [("192.0.2.8", "trusted"), BANS_ALL], True),
        ([BANS_ALL], [BANS_ALL, BANS_ME], False),
        ([BANS_ME], [], False),
    ],
)
def test_what_counts_is_what_the_list_says_of_oneself(before, after, is_so):
    assert shuts_out(before, after, ME) is is_so


def test_an_address_of_ipv6_is_one_of_ipv4_where_it_holds_one():
    mapped = octets_of("::ffff:192.0.2.9")

    assert shuts_out([], [BANS_ME], mapped)
    assert not shuts_out([], [BANS_ME], octets_of("2001:db8::9"))
