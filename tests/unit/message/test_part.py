"""The scan: where parts begin and end, and the limits."""

import pytest

from mailmax.message.part import DEPTH_LIMIT, PARTS_LIMIT, scan


def bodies(octets: bytes) -> list[bytes]:
    return [octets[p.body_start : p.end] for p in scan(octets).parts if not p.children]


HEAD = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (b"--x\r\n\r\na\r\n--x\r\n\r\nb\r\n--x--\r\n", [b"a", b"b"]),
        (b"pre\r\n--x\r\n\r\na\r\n--x--\r\nepi", [b"a"]),
        (b"--x\n\na\n--x\n\nb\n--x--\n", [b"a", b"b"]),
        (b"--x \t\r\n\r\na\r\n--x-- \r\n", [b"a"]),
        (b"--x\r\n\r\na\r\n--xy\r\n\r\nb\r\n--x--", [b"a\r\n--xy\r\n\r\nb"]),
        (b"--x\r\n\r\nopen", [b"open"]),
        (b"--x\r\n--x\r\n\r\nb\r\n--x--", [b"", b"b"]),
        (b"--x\r\nA: b\r\n--x--", [b""]),
        (b"--x\r\n\r\na --x\r\n--x--", [b"a --x"]),
        (b"--x--\r\n\r\na\r\n--x\r\n\r\nb", [b"--x--\r\n\r\na\r\n--x\r\n\r\nb"]),
        (b"--x", [b""]),
    ],
)
def test_delimiters(tail, expected):
    assert bodies(HEAD + tail) == expected


def test_an_outer_delimiter_ends_what_is_open_inside():
    octets = (
        HEAD + b"--x\r\nContent-Type: multipart/mixed; boundary=xy\r\n\r\n"
        b"--xy\r\n\r\ninner\r\n--x\r\n\r\nouter\r\n--x--\r\n"
    )

    assert bodies(octets) == [b"inner", b"outer"]


def test_a_boundary_inside_itself_makes_no_cycle():
    octets = HEAD + (b"--x\r\n" + HEAD) * 3 + b"--x\r\n\r\nend\r\n--x--\r\n"

    tree = scan(octets)

    assert [p.parent for p in tree.parts] == [-1, 0, 0, 0, 0]


@pytest.mark.parametrize("count", [PARTS_LIMIT - 2, PARTS_LIMIT - 1, PARTS_LIMIT, 5000])
def test_parts_limit(count):
    tree = scan(HEAD + b"--x\r\n\r\na\r\n" * count + b"--x--\r\n")

    assert len(tree.parts) == min(count + 1, PARTS_LIMIT)
    assert tree.cut is (count + 1 > PARTS_LIMIT)


def nested(depth: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n)
        for n in range(depth)
    )


@pytest.mark.parametrize("extra", [-1, 0, 1, 1000])
def test_depth_limit(extra):
    depth = DEPTH_LIMIT + extra

    tree = scan(nested(depth) + b"\r\nleaf")

    assert tree.cut is (extra > 0)
    assert len(tree.parts) == min(depth, DEPTH_LIMIT) + 1
    last = tree.parts[-1].content_type.main
    assert last == (b"application" if extra > 0 else b"text")


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_depth_limit_of_messages(extra):
    tree = scan(b"Content-Type: message/rfc822\r\n\r\n" * (DEPTH_LIMIT + extra))

    assert tree.cut is (extra > 0)
    assert len(tree.parts) == min(DEPTH_LIMIT + extra, DEPTH_LIMIT) + 1


@pytest.mark.parametrize(
    "octets",
    [
        b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n",
        b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n--a",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--",
        b"Content-Type: multipart/mixed\r\n\r\n--",
        b"Content-Type: text\r\n\r\n",
    ],
)
def test_what_readers_may_disagree_about_is_marked(octets):
    """TRUST D-4."""
    assert scan(octets).ambiguous


def test_sane_mail_is_not_marked():
    tree = scan(HEAD + b"--x\r\n\r\na\r\n--x--\r\n")

    assert not tree.ambiguous
    assert not tree.cut


def test_lines_are_counted_for_text_and_messages():
    octets = (
        HEAD + b"--x\r\n\r\na\r\nb\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
        b"A: b\r\n\r\nc\r\n\r\n--x\r\nContent-Type: a/b\r\n\r\n\n\n\n\r\n--x--\r\n"
    )

    assert [p.lines for p in scan(octets).parts] == [0, 1, 3, 1, 0]
    uncounted = scan(octets, counts_lines=False).parts
    assert [p.lines for p in uncounted] == [0] * 5
    assert [p.end for p in uncounted] == [p.end for p in scan(octets).parts]
