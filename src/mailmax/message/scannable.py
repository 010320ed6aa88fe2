"""What of a message a virus scanner is shown, part by part.

Theory:
    clamd reads mail itself, so the message as a whole goes to it while it comes. That
    does not do where less is wanted (`Files`), or where two readers may see two
    messages (TRUST D-4): nested beyond clamd's own depth, broken or repeated MIME
    fields, an encoding that there is not, base64 that begins anew behind its end. Then
    each part is shown by itself, without its transfer encoding, in every reading.

Rules:
    Never raises. What nobody can look at as a whole has a reason (`blind_spot`): a
    message that is only a piece of one (message/partial), or one that is cut or nested
    beyond the limits.

Standards:
    RFC 2045 §6, RFC 2046 §5.2.2 (message/partial).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from mailmax.message import content, file_names
from mailmax.message.part import Part, Tree

Files = Literal["executables", "beginnings", "all"]
BEGINNING_OCTETS: Final = 8 * 1024

CERTAIN_DEPTH: Final = 5
"""Containers in each other that clamd surely opens (MaxRecursion counts other things,
too)."""

_MAGIC: Final = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
)
_EXTENSIONS: Final = frozenset(
    (
        *("app", "bat", "cmd", "com", "cpl", "dll", "drv", "dylib", "exe", "hta"),
        *("jar", "js", "jse", "lnk", "msi", "msp", "ocx", "pif", "ps1", "scr"),
        *("sh", "so", "sys", "vb", "vbe", "vbs", "wsf", "wsh"),
    )
)
_ENCODINGS: Final = frozenset(
    (
        *(b"", b"7bit", b"8bit", b"binary", b"base64", b"quoted-printable"),
        *(b"x-uuencode", b"uuencode", b"x-uue"),
    )
)
_ENVELOPES: Final = frozenset({b"pkcs7-mime", b"x-pkcs7-mime"})
_NOT_ENCRYPTED: Final = frozenset({b"signed-data", b"certs-only", b"compressed-data"})
_SPACE: Final = b" \t\r\n"


class Piece(NamedTuple):
    """One part, as it is shown."""

    place: int
    """In `Tree.parts`."""
    octets: bytes


def depths(tree: Tree) -> Sequence[int]:
    """Return how many containers each part lies in."""
    found: list[int] = []
    for part in tree.parts:
        found.append(found[part.parent] + 1 if part.parent >= 0 else 0)
    return found


def blind_spot(tree: Tree, depth: int) -> str:
    """Say why not all of a message can be looked at; empty when it can.

    Args:
        tree: The message.
        depth: Containers in each other that are opened.
    """
    if not tree.cut and max(depths(tree)) > depth:
        return f"it is nested in more than {depth} levels"
    return _unseen(tree)


def _unseen(tree: Tree) -> str:
    if tree.cut:
        return "it has more parts, or deeper ones, than are looked into"
    for part in tree.parts:
        kind = part.content_type
        if kind.main == b"message" and kind.sub == b"partial":
            return "it is a piece of a message"
    return ""


def hidden_from_programs(tree: Tree, files: Iterable[bytes]) -> str:
    """Say what a program cannot look at that gets the files; empty: nothing.

    Args:
        tree: The message.
        files: Its files, as the program gets them.
    """
    why = _unseen(tree)
    if not why and any(map(_is_encrypted, tree.parts)):
        why = "it is encrypted"
    if not why and any(map(_is_locked_archive, files)):
        why = "it has an encrypted archive"
    return why


def _is_encrypted(part: Part) -> bool:
    """Tell whether nobody but who has the key can read a part (RFC 1847 §2.2)."""
    kind = part.content_type
    if kind.main == b"multipart":
        return kind.sub == b"encrypted"
    if kind.main != b"application" or kind.sub not in _ENVELOPES:
        return False
    types = [value.lower() for name, value in kind.parameters if name == b"smime-type"]
    return not types or types[0] not in _NOT_ENCRYPTED


def _is_locked_archive(octets: bytes) -> bool:
    """Tell whether the first file of a ZIP archive is encrypted (APPNOTE 4.4.4)."""
    return octets.startswith(b"PK\x03\x04") and any(one & 1 for one in octets[6:7])


def is_odd(tree: Tree) -> bool:
    """Tell whether clamd may see another message than the reader will."""
    if tree.ambiguous or tree.cut or max(depths(tree)) > CERTAIN_DEPTH:
        return True
    return any(
        _begins_anew(tree, part) or content.encoding(part) not in _ENCODINGS
        for part in tree.parts
    )


def pieces(tree: Tree, files: Files, depth: int) -> Iterator[Piece]:
    """Yield the parts that are shown, without what is empty.

    Args:
        tree: The message.
        files: executables: those alone, whole; beginnings: all, 8 KiB of each that is
            no executable; all: all, whole.
        depth: Containers in each other that are opened.
    """
    levels = depths(tree)
    for index, part in enumerate(tree.parts):
        if part.children or levels[index] > depth:
            continue
        for octets in _readings(tree, part):
            seen = octets
            if files != "all" and not is_executable(part, octets):
                seen = b"" if files == "executables" else octets[:BEGINNING_OCTETS]
            if seen:
                yield Piece(index, seen)


def is_executable(part: Part, octets: bytes) -> bool:
    """Tell whether a part is a program or a library, by its beginning or its name."""
    if octets.startswith(_MAGIC):
        return True
    name = file_names.shown(part) or ""
    return name.rpartition(".")[2].strip().lower() in _EXTENSIONS and "." in name


def _readings(tree: Tree, part: Part) -> Iterator[bytes]:
    """Yield what a part may be to readers: more than one where they may differ."""
    yield content.octets(tree, part)
    own = content.encoding(part)
    if tree.ambiguous or own not in _ENCODINGS:
        encoded = tree.octets[part.body_start : part.end]
        for name in (b"", b"base64", b"quoted-printable"):
            if name != own:
                yield content.decode(encoded, name)


def _begins_anew(tree: Tree, part: Part) -> bool:
    """Tell whether base64 goes on behind its padding: readers differ about it."""
    if part.children or content.encoding(part) != b"base64":
        return False
    body = tree.octets[part.body_start : part.end].rstrip(_SPACE + b"=")
    return b"=" in body
