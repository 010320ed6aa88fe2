"""The MIME scan on anything: never raises, stays inside, speaks valid IMAP."""

import email.policy  # noqa: TID251 - the oracle
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mailmax.message import fragment, structure
from mailmax.message.part import scan

_PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\n\n", b"--a", b"--b", b"--a--", b"--", b"a",
    b"Content-Type: ", b"multipart/mixed", b"message/rfc822", b"text/plain",
    b"multipart/digest", b"; boundary=a", b'; boundary="b"', b"; boundary=", b" ",
    b"From: ", b"To: a@b, (c) <d@e>, g:;", b"Subject: ", b"=?utf-8?q?=41?=", b'"',
    b"\\", b"(", b")", b"<", b">", b"@", b",", b";", b":", b"\0", b"\xff", b"\xc3\xa4",
    b"Content-Disposition: attachment; filename*0*=utf-8''%41", b"Date: ",
    b"Mon, 1 Jan 2024 00:00:00 +0000", b"Message-ID: <x@y>", b"References: ",
    b"Content-Language: de, en", b"Content-ID: <1>", b"Content-MD5: x", b"\t",
]  # fmt: skip
hostile = st.lists(st.sampled_from(_PIECES), max_size=80).map(b"".join)
anything = st.one_of(hostile, st.binary(max_size=400))


def read_imap(octets: bytes) -> list:  # noqa: C901 - one small parser
    """Read one IMAP list; raises when it is no valid syntax."""
    at = 0
    stack: list[list] = [[]]
    while at < len(octets):
        c = octets[at : at + 1]
        at += 1
        if c == b"(":
            stack.append([])
            continue
        if c == b")":
            done = stack.pop()
            assert done, "an empty list is no value"
            stack[-1].append(done)
            continue
        if c == b" ":
            assert octets[at : at + 1] not in b") ", "a space must stand between"
            continue
        if c == b'"':
            text = b""
            while (c := octets[at : at + 1]) != b'"':
                assert c not in b"\r\n\0"
                assert c < b"\x80"
                if c == b"\\":
                    at += 1
                    c = octets[at : at + 1]
                    assert c in b'"\\'
                text += c
                at += 1
            at += 1
            stack[-1].append(text)
            continue
        if c == b"{":
            end = octets.index(b"}\r\n", at)
            size = int(octets[at:end])
            text = octets[end + 3 : end + 3 + size]
            assert len(text) == size
            assert b"\0" not in text
            stack[-1].append(text)
            at = end + 3 + size
            continue
        end = at
        while octets[end : end + 1].isalnum():
            end += 1
        word = octets[at - 1 : end]
        stack[-1].append(None if word == b"NIL" else int(word))
        at = end
    assert len(stack) == 1
    assert len(stack[0]) == 1
    return stack[0][0]


def check_body(body: list, extra: int = 4) -> int:
    """Check the grammar of BODYSTRUCTURE, or of BODY; return the number of bodies."""
    if isinstance(body[0], list):
        inner = [item for item in body if isinstance(item, list)]
        count = next(n for n, item in enumerate(body) if not isinstance(item, list))
        assert len(body) - count == 1 + extra
        assert isinstance(body[count], bytes)
        return 1 + sum(check_body(item, extra) for item in inner[:count])
    main, sub, parameters, content_id, description, encoding, size = body[:7]
    assert isinstance(main, bytes)
    assert isinstance(sub, bytes)
    assert parameters is None or len(parameters) % 2 == 0
    assert all(x is None or isinstance(x, bytes) for x in (content_id, description))
    assert isinstance(encoding, bytes)
    assert isinstance(size, int)
    if main == b"text":
        assert isinstance(body[7], int)
        assert len(body) == 8 + extra
        return 1
    if main == b"message" and sub in {b"rfc822", b"global"}:
        assert len(body) == 10 + extra
        check_envelope(body[7])
        assert isinstance(body[9], int)
        return 1 + check_body(body[8], extra)
    assert len(body) == 7 + extra
    return 1


def check_envelope(envelope: list) -> None:
    """Check the grammar of ENVELOPE."""
    assert len(envelope) == 10
    for place in (0, 1, 8, 9):
        assert envelope[place] is None or isinstance(envelope[place], bytes)
    for place in range(2, 8):
        for address in envelope[place] or []:
            assert len(address) == 4
            if address[3] is None:
                assert address[0] is None
                assert address[1] is None
            else:
                assert isinstance(address[2], bytes)


@settings(max_examples=400, deadline=None)
@given(anything)
def test_any_octets_make_valid_imap(octets):
    made = structure.render(octets)

    check_envelope(read_imap(fragment.envelope(made)))
    check_body(read_imap(fragment.bodystructure(made)))
    check_body(read_imap(structure.body(fragment.bodystructure(made))), extra=0)


@settings(max_examples=400, deadline=None)
@given(anything)
def test_offsets_stay_inside_the_container(octets):
    parts = scan(octets).parts

    for part in parts:
        assert 0 <= part.header_start <= part.body_start <= part.end <= len(octets)
        if part.parent >= 0:
            above = parts[part.parent]
            assert above.body_start <= part.header_start
            assert part.end <= above.end
        for left, right in pairwise(parts[child] for child in part.children):
            assert left.end <= right.header_start


@settings(max_examples=200, deadline=None)
@given(anything)
def test_fragment_reads_back_what_was_scanned(octets):
    parts = scan(octets).parts
    made = structure.render(octets)

    assert fragment.header_octets(made) == parts[0].body_start
    assert [tuple(p)[2:] for p in fragment.places(made)] == [
        (p.header_start, p.body_start, p.end) for p in parts
    ]
    assert fragment.both([made]) == [
        (fragment.envelope(made), fragment.bodystructure(made))
    ]


@given(st.binary(max_size=200))
def test_octets_that_are_no_fragment_read_as_an_empty_message(octets):
    for read in (
        fragment.envelope, fragment.bodystructure, fragment.columns, fragment.thread,
        fragment.places, fragment.marks, fragment.sent_s, fragment.header_octets,
    ):  # fmt: skip
        read(octets)
    fragment.column([octets], 3)
    fragment.both([octets])
    fragment.envelopes([octets])


_TEXT = st.text("abc xyz.-\r\n", max_size=60).map(
    lambda text: text.replace("\r", "").replace("\n", "\r\n")
)
_LEAF = st.builds(
    lambda kind, text: (kind, text),
    st.sampled_from(["text/plain", "text/html", "application/pdf"]),
    _TEXT,
)
_MAIL = st.recursive(
    _LEAF, lambda inner: st.lists(inner, min_size=1, max_size=4), max_leaves=12
)


def _write(mail: object, number: list[int]) -> str:
    if isinstance(mail, tuple):
        return f"Content-Type: {mail[0]}\r\n\r\n{mail[1]}"
    number[0] += 1
    mark = f"=_{number[0]}_="
    inside = "".join(f"--{mark}\r\n{_write(one, number)}\r\n" for one in mail)
    return f'Content-Type: multipart/mixed; boundary="{mark}"\r\n\r\n{inside}--{mark}--'


@settings(max_examples=150, deadline=None)
@given(_MAIL)
def test_sane_mail_is_read_as_the_standard_library_reads_it(mail):
    octets = ("MIME-Version: 1.0\r\n" + _write(mail, [0])).encode()
    tree = scan(octets)

    oracle = list(email.message_from_bytes(octets, policy=email.policy.compat32).walk())

    assert len(tree.parts) == len(oracle)
    assert not tree.cut
    assert not tree.ambiguous
    for part, expected in zip(tree.parts, oracle, strict=True):
        kind = part.content_type
        assert f"{kind.main.decode()}/{kind.sub.decode()}" == (
            expected.get_content_type()
        )
        if not expected.is_multipart():
            text = expected.get_payload(decode=False)
            assert octets[part.body_start : part.end].decode() == text


@settings(max_examples=100, deadline=None)
@given(st.lists(anything, max_size=4), st.sampled_from([b"a", b"@", b"b,"]))
def test_many_fragments_read_as_each_alone(mails, needle):
    made = [structure.render(octets) for octets in mails]

    for number in range(4):
        alone = [fragment.columns(one)[number] for one in made]
        assert fragment.column(made, number) == alone
        assert fragment.holding(made, needle, number) == [
            index for index, text in enumerate(alone) if needle in text
        ]
    assert fragment.envelopes(made) == [fragment.envelope(one) for one in made]
