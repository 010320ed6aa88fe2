"""What senders ask for: whatever is said, facts that are clean, or a fault (TRUST B2).

A dull writer of each parameter is the oracle: what it writes is read as it was meant.
"""

import contextlib
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from mailmax.wire.smtp.arguments import read_etrn, read_mail, read_rcpt
from mailmax.wire.smtp.commands import Asked, Etrn, MailFrom, RcptTo
from mailmax.wire.smtp.grammar import SyntaxFault, parse_parameters
from mailmax.wire.smtp.parameters import read_asked, read_notices

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126))
KEYWORDS = st.sampled_from(
    [b"RET", b"ENVID", b"HOLDFOR", b"HOLDUNTIL", b"BY", b"MT-PRIORITY", b"REQUIRETLS",
     b"NOTIFY", b"ORCPT", b"SIZE", b"BODY", b"AUTH", b"SMTPUTF8", b"X"]
)  # fmt: skip
VALUES = st.one_of(
    st.binary(max_size=20),
    st.text(max_size=20).map(str.encode),
    st.from_regex(rb"[-+A-F0-9;,.:TZNRxrfc82@\\{}]{0,30}", fullmatch=True),
    st.sampled_from([b"NEVER", b"SUCCESS,DELAY", b"rfc822;a+0Ab", b"utf-8;\\x{7F}",
                     b"2030-01-01T00:00:00Z", b"99;RT", b"-9"]),
)  # fmt: skip


def xtext(text: str) -> bytes:
    """Write every octet in its coded form."""
    return b"".join(b"+%02X" % octet for octet in text.encode())


def is_clean(text: str) -> bool:
    return text.isascii() and (text.isprintable() or not text)


@given(PRINTABLE.filter(lambda text: 0 < len(text) <= 33), st.sampled_from("FH"))
def test_envid_comes_back(envelope_id: str, word: str):
    returns = {"F": "FULL", "H": "HDRS"}[word]
    octets = b"ENVID=%s RET=%s" % (xtext(envelope_id), returns.lower().encode())

    assert read_asked(parse_parameters(octets)) == Asked(envelope_id, returns)


@given(PRINTABLE.filter(lambda text: 0 < len(text) <= 160))
def test_the_original_recipient_comes_back(address: str):
    octets = b"ORCPT=rfc822;" + xtext(address)

    found = read_notices(parse_parameters(octets), smtputf8=False)

    assert found == ("", f"rfc822;{address}")


@given(st.integers(1, 253402300799))
def test_moments_come_back(unix_s: int):
    text = datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    octets = b"HOLDUNTIL=" + text.zfill(20).encode()

    assert read_asked(parse_parameters(octets)) == Asked(hold_until_s=unix_s)


@given(st.lists(st.tuples(KEYWORDS, VALUES), max_size=4), st.booleans(), st.booleans())
@example([(b"ORCPT", b"utf-8;\xc2\x85")], True, True)
def test_whatever_is_said_is_clean_or_refused(said, smtputf8, is_ours):
    text = b" ".join(b"%s=%s" % one if one[1] else one[0] for one in said)

    mail = read_mail(
        b"FROM:<a@b> " + text, extended=True, encrypted=is_ours, may_hold=is_ours
    )
    rcpt = read_rcpt(b"TO:<a@b> " + text, extended=True, smtputf8=smtputf8)

    if isinstance(mail, MailFrom) and mail.asked is not None:
        asked = mail.asked
        assert is_clean(asked.envelope_id)
        assert asked.returns in ("", "FULL", "HDRS")
        assert asked.by_mode in ("", "N", "R", "NT", "RT")
        assert -9 <= asked.priority <= 9
        assert not (asked.hold_for_s and asked.hold_until_s)
        assert is_ours or not (asked.require_tls or asked.hold_for_s)
    if isinstance(rcpt, RcptTo):
        assert is_clean(rcpt.original)
        assert rcpt.notify == "NEVER" or set(rcpt.notify.split(",")) <= {
            *("", "SUCCESS", "FAILURE", "DELAY")
        }


@given(st.binary(max_size=40))
def test_no_argument_of_etrn_makes_it_raise(argument: bytes):
    found = read_etrn(argument)

    if isinstance(found, Etrn):
        assert found.domain.isascii()
        assert found.domain.isprintable()


@given(st.binary(max_size=60))
def test_no_parameters_make_it_raise_anything_else(octets: bytes):
    with contextlib.suppress(SyntaxFault):
        parameters = parse_parameters(octets)
        read_asked(parameters)
    with contextlib.suppress(SyntaxFault):
        read_notices(parse_parameters(octets), smtputf8=True)
