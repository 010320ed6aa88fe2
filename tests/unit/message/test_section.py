"""BODY[section] by places; the tree of RFC 3501 §6.4.5."""

import pytest

from mailmax.message import section, structure


def mixed(mark: str, *parts: str) -> str:
    inside = "".join(f"--{mark}\r\n{part}\r\n" for part in parts)
    return f"Content-Type: multipart/mixed; boundary={mark}\r\n\r\n{inside}--{mark}--"


def leaf(kind: str, name: str) -> str:
    return f"Content-Type: {kind}\r\nX: {name}\r\n\r\n<{name}>"


_INNER = "Subject: inside\r\n" + mixed(
    "c", leaf("text/plain", "3.1"), leaf("application/octet-stream", "3.2")
)
_DEEP = "Subject: deep\r\n" + mixed(
    "f",
    leaf("text/plain", "4.2.1"),
    mixed("g", leaf("text/plain", "4.2.2.1"), leaf("text/richtext", "4.2.2.2")),
)
MAIL = (
    "Subject: outside\r\n"
    + mixed(
        "a",
        leaf("text/plain", "1"),
        leaf("application/octet-stream", "2"),
        "Content-Type: message/rfc822\r\n\r\n" + _INNER,
        mixed(
            "e",
            leaf("image/gif", "4.1"),
            "Content-Type: message/rfc822\r\n\r\n" + _DEEP,
        ),
    )
).encode()
MADE = structure.render(MAIL)


def octets(path: str) -> bytes | None:
    words = path.split(".") if path else []
    numbers = [int(word) for word in words if word.isdigit()]
    span = section.part(MADE, numbers, "".join(w for w in words if not w.isdigit()))
    return None if span is None else MAIL[span[0] : span[1]]


@pytest.mark.parametrize(
    "path", ["1", "2", "3.1", "3.2", "4.1", "4.2.1", "4.2.2.1", "4.2.2.2"]
)
def test_leaves(path):
    assert octets(path) == f"<{path}>".encode()
    assert octets(path + ".MIME").endswith(f"X: {path}\r\n\r\n".encode())
    assert octets(path + ".HEADER") is None
    assert octets(path + ".TEXT") is None
    assert octets(path + ".1") is None


def test_messages_inside():
    assert octets("3") == _INNER.encode()
    assert octets("3.HEADER").startswith(b"Subject: inside\r\n")
    assert octets("3.HEADER") + octets("3.TEXT") == octets("3")
    assert octets("3.MIME") == b"Content-Type: message/rfc822\r\n\r\n"
    assert octets("4.2.HEADER").startswith(b"Subject: deep\r\n")
    assert octets("4.2.2").startswith(b"--g\r\n")


def test_the_message_itself():
    assert octets("") == MAIL
    assert octets("HEADER") + octets("TEXT") == MAIL
    assert octets("MIME") is None


@pytest.mark.parametrize("path", ["0", "5", "1.1", "3.3", "4.3", "4.2.2.3", "99999999"])
def test_parts_that_are_not_there(path):
    assert octets(path) is None


def test_a_message_of_one_body_has_part_one():
    made = structure.render(b"A: b\r\n\r\nbody")

    assert section.part(made, [1]) == (8, 12)
    assert section.part(made, [1], "MIME") == (0, 8)
    assert section.part(made, [1, 1]) is None
    assert section.part(made, [2]) is None


def test_a_message_that_is_a_message():
    mail = b"Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\nbody"
    made = structure.render(mail)

    assert section.part(made, [1]) == (32, 44)
    assert section.part(made, [1], "HEADER") == (32, 40)
    assert section.part(made, [1, 1]) == (40, 44)


def test_a_path_of_a_thousand_numbers():
    """TRUST E11."""
    assert section.part(MADE, [1] * 1000) is None


HEADER = b"From: a\r\nTO: b\r\n c\r\nX : d\r\nto: e\r\n\r\n"


def test_header_fields():
    chosen = section.header_fields(HEADER, frozenset({b"to", b"subject"}))

    assert chosen == b"TO: b\r\n c\r\nto: e\r\n\r\n"


def test_header_fields_not():
    chosen = section.header_fields(HEADER, frozenset({b"to"}), others=True)

    assert chosen == b"From: a\r\nX : d\r\n\r\n"


def test_no_fields_are_an_empty_line():
    assert section.header_fields(HEADER, frozenset()) == b"\r\n"
    assert section.header_fields(b"", frozenset({b"a"})) == b"\r\n"
