"""Files are found and removed in anything: never raises, and what stays is valid."""

import email.policy  # noqa: TID251 - the oracle

from hypothesis import given, settings
from hypothesis import strategies as st

from mailmax.message import attachments
from mailmax.message.part import scan
from mailmax.message.removing import without_attachments, without_parts

_PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\n\n", b"--a", b"--b", b"--a--", b"--", b"a",
    b"Content-Type: ", b"multipart/mixed", b"message/rfc822", b"text/plain", b"\0",
    b"multipart/signed", b"multipart/alternative", b"; boundary=a", b"\r\n--a\r\n",
    b'; boundary="b"', b"; boundary=", b" ", b'"', b"\\", b";", b":", b"\xff",
    b"Content-Disposition: attachment; filename=a", b"; filename*0*=utf-8''%41", b"\t",
    b"MIME-Version: 1.0", b"application/pgp-signature", b"=?utf-8?q?=41?=", b"name=",
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n", b"\r\n--b\r\n",
    b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n", b'; boundary="a\\\\',
    b"image/x", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n",
]  # fmt: skip
hostile = st.lists(st.sampled_from(_PIECES), max_size=60).map(b"".join)
anything = st.one_of(hostile, st.binary(max_size=200))
words = st.one_of(
    st.just("{file} is gone"), st.text(max_size=60), st.just("--a\n--b--")
)


@settings(max_examples=300, deadline=None)
@given(anything, words)
def test_no_file_stays_and_no_other_part_changes(octets, text):
    result = without_attachments(octets, text)

    assert result is not None, "only limits stop it"
    tree = scan(result)
    assert attachments.removable(tree) == []
    assert len(tree.parts) <= len(scan(octets).parts)
    assert without_attachments(result, text) is result


@settings(max_examples=300, deadline=None)
@given(anything, words, st.sets(st.integers(0, 6), max_size=4))
def test_chosen_parts_go_and_the_others_stay(octets, text, chosen):
    old = scan(octets)

    result = without_parts(octets, chosen, text)

    if any(index >= len(old.parts) for index in chosen):
        assert result is None
        return
    assert result is not None
    if not chosen:
        assert result == octets


_LEAF = st.sampled_from(
    ["text/plain\r\n\r\nwords", "image/png\r\n\r\nsecret", "a/b; name=c\r\n\r\nsecret"]
)
_MAIL = st.recursive(
    _LEAF,
    lambda inner: st.tuples(
        st.sampled_from(["mixed", "alternative", "signed", "related"]),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=10,
)


def _write(mail: object, number: list[int]) -> str:
    if isinstance(mail, str):
        return f"Content-Type: {mail}"
    assert isinstance(mail, tuple)
    number[0] += 1
    mark = f"=_{number[0]}_="
    inside = "".join(f"--{mark}\r\n{_write(one, number)}\r\n" for one in mail[1])
    kind = f'multipart/{mail[0]}; boundary="{mark}"'
    return f"Content-Type: {kind}\r\n\r\n{inside}--{mark}--"


@settings(max_examples=150, deadline=None)
@given(_MAIL)
def test_sane_mail_stays_sane_for_the_standard_library(mail):
    octets = ("MIME-Version: 1.0\r\n" + _write(mail, [0])).encode()

    result = without_attachments(octets, "gone")

    assert result is not None
    assert b"secret" not in result
    message = email.message_from_bytes(result, policy=email.policy.compat32)
    before = email.message_from_bytes(octets, policy=email.policy.compat32)
    assert not any(part.defects for part in message.walk())
    assert len(list(message.walk())) == len(list(before.walk()))
