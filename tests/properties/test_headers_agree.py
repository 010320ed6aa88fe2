"""Sane headers are read as the standard library reads them, and back."""

import email.policy  # noqa: TID251 - the oracle
import email.utils  # noqa: TID251 - the oracle

from hypothesis import given
from hypothesis import strategies as st

from mailmax.message import address_list, envelope, header, parameters

_ATOM = st.text("abcxyzABC019!#$%&'*+-/=?^_`{|}~", min_size=1, max_size=8)
_DOTTED = st.lists(_ATOM, min_size=1, max_size=3).map(".".join)
_PHRASE = st.lists(_ATOM, max_size=3).map(" ".join)
_QUOTED = st.text(' abc,;:<>@()[].\\"', max_size=10).map(str.strip)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_ADDRESS = st.builds(
    lambda name, quoted, local, domain: (
        name or quoted,
        (f"{name or _quote(quoted)} <{local}@{domain}>"),
        f"{local}@{domain}",
    ),
    _PHRASE,
    _QUOTED,
    _DOTTED,
    _DOTTED,
)


@given(st.lists(_ADDRESS, max_size=6), st.sampled_from([", ", ",", " ,\r\n\t"]))
def test_address_lists(addresses, separator):
    value = separator.join(written for _, written, _ in addresses)
    expected = [(name, address) for name, _, address in addresses]

    found = address_list.parse(header.unfold(value.encode()))

    assert [
        ((e.name or b"").decode(), b"%b@%b" % (e.local, e.domain)) for e in found
    ] == [(name, address.encode()) for name, address in expected]
    if all("\\" not in name and '"' not in name for name, _ in expected):
        oracle = email.utils.getaddresses([value.replace("\r\n", "")])
        assert [pair for pair in oracle if pair != ("", "")] == expected


@given(_ADDRESS)
def test_the_short_way_says_what_the_long_one_says(address):
    _, written, _ = address
    short = envelope.addresses(written.encode())

    long = envelope.addresses(written.encode() + b" ,")

    assert short == long


_NAME = st.text("abcXYZ-09", min_size=1, max_size=10)
_VALUE = st.text("abc xyz:;=", max_size=30).map(str.strip)


@given(st.lists(st.tuples(_NAME, _VALUE), max_size=12), st.text("ab\n", max_size=9))
def test_fields(fields, body):
    octets = "".join(f"{name}: {value}\r\n" for name, value in fields)
    octets += "\r\n" + body

    found = header.raw_fields(octets[: header.find_end(octets.encode())].encode())

    oracle = email.message_from_string(octets, policy=email.policy.compat32)
    assert [(n.decode(), v.decode().strip()) for n, v in found] == oracle.items()
    assert octets[header.find_end(octets.encode()) :] == body


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=4), _QUOTED), max_size=5))
def test_parameters(pairs):
    value = "".join(f"; {name}={_quote(text)}" for name, text in pairs)

    found = parameters.parse(f"text/plain{value}".encode())

    assert found == (
        b"text/plain",
        tuple((name.encode(), text.encode()) for name, text in pairs),
    )
