r"""A cursor over one whole command, with the words of the IMAP grammar as methods.

Theory:
    The machine hands over a command as it came: its lines and, behind each
    ``{n}`` CR LF, the n octets of the literal. The cursor walks over it once, forward
    only; every method takes a word or raises `Malformed`. Parsers of commands are
    written with these words and read like the ABNF above them.

Rules:
    No text of the client is ever part of a message of ours. Numbers are length-checked
    before `int`. NUL, bare CR and bare LF are in no word. The regular expressions are
    fixed and have no nested repetition: they are linear.

Standards:
    RFC 3501 §9, RFC 7888 (non-synchronizing literals).
"""

import re

from mailmax.wire.imap.types.flags import (
    LONGEST_KEYWORD,
    MOST_KEYWORDS,
    SYSTEM_FLAGS,
    Flags,
)
from mailmax.wire.imap.types.mailbox_name import decode_mailbox_name
from mailmax.wire.imap.types.malformed import Malformed
from mailmax.wire.imap.types.sequence import (
    LARGEST,
    SequenceSet,
    parse_sequence_set,
)

# atom-specials = "(" / ")" / "{" / SP / CTL / list-wildcards / quoted-specials /
#                 resp-specials
_ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
# ASTRING-CHAR = ATOM-CHAR / resp-specials
_ASTRING = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')
# list-char = ATOM-CHAR / list-wildcards / resp-specials
_LIST_MAILBOX = re.compile(rb'[^\x00-\x20\x7f-\xff(){"\\]+')
# quoted = DQUOTE *QUOTED-CHAR DQUOTE; 7-bit only (RFC 3501)
_QUOTED = re.compile(rb'"((?:[^\x00\r\n"\\\x80-\xff]|\\["\\])*)"')
_ESCAPED = re.compile(rb"\\(.)")
# literal = "{" number ["+"] "}" CRLF *CHAR8
_LITERAL = re.compile(rb"\{([0-9]{1,10})\+?\}\r\n")
_DIGITS = re.compile(rb"[0-9]+")
_SEQUENCE_SET = re.compile(rb"[0-9*:,]+")
_FLAG = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+')


class Cursor:
    """Walks over one command."""

    __slots__ = ("at", "text")

    def __init__(self, text: bytes, at: int = 0) -> None:
        """Start at a place in a command without its last CR LF."""
        self.text = text
        self.at = at

    # Signs

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.text)

    def take(self, sign: bytes) -> bool:
        """Take the sign when it is next."""
        if self.text.startswith(sign, self.at):
            self.at += len(sign)
            return True
        return False

    def next_is(self, sign: bytes) -> bool:
        """Tell whether the sign is next."""
        return self.text.startswith(sign, self.at)

    def require(self, sign: bytes) -> None:
        """Take the sign, which must be next."""
        if not self.take(sign):
            raise Malformed("unexpected character")

    def space(self) -> None:
        """Take exactly one space."""
        if not self.take(b" "):
            raise Malformed("space expected")

    def end(self) -> None:
        """Require the end of the command."""
        if self.at < len(self.text):
            raise Malformed("too many arguments")

    # Words

    def atom(self) -> bytes:
        """Take an atom, as it is written."""
        return self._match(_ATOM, "atom expected")

    def word(self) -> bytes:
        """Take an atom that is a key word: upper case."""
        return self._match(_ATOM, "word expected").upper()

    def number(self) -> int:
        """Take an unsigned 32-bit number."""
        return self._number(LARGEST)

    def nz_number(self) -> int:
        """Take an unsigned 32-bit number that is not zero."""
        number = self._number(LARGEST)
        if not number:
            raise Malformed("number must not be zero")
        return number

    def modseq(self) -> int:
        """Take a mod-sequence-valzer (RFC 7162 §7)."""
        return self._number(0x7FFFFFFFFFFFFFFF)

    def string(self) -> bytes:
        """Take a quoted string or a literal."""
        if self.next_is(b'"'):
            found = _QUOTED.match(self.text, self.at)
            if not found:
                raise Malformed("invalid quoted string")
            self.at = found.end()
            quoted = found[1]
            return _ESCAPED.sub(rb"\1", quoted) if b"\\" in quoted else quoted
        return self._literal()

    def astring(self) -> bytes:
        """Take an atom (``]`` allowed), a quoted string or a literal."""
        found = _ASTRING.match(self.text, self.at)
        if found:
            self.at = found.end()
            return found[0]
        return self.string()

    def nstring(self) -> bytes | None:
        """Take a string or NIL."""
        if self.text[self.at : self.at + 3].upper() == b"NIL":
            self.at += 3
            return None
        return self.string()

    # Words with a meaning

    def mailbox(self) -> str:
        """Take the name of a mailbox."""
        return decode_mailbox_name(self.astring())

    def list_mailbox(self) -> bytes:
        """Take a LIST pattern, still in modified UTF-7."""
        found = _LIST_MAILBOX.match(self.text, self.at)
        if found:
            self.at = found.end()
            return found[0]
        return self.string()

    def sequence_set(self) -> SequenceSet:
        """Take a sequence set."""
        return parse_sequence_set(self._match(_SEQUENCE_SET, "sequence set expected"))

    def flag_list(self) -> Flags:
        """Take flags in parentheses."""
        self.require(b"(")
        if self.take(b")"):
            return Flags()
        flags = self.flags()
        self.require(b")")
        return flags

    # flag = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" /
    #        flag-keyword / flag-extension   ; Does not include "\Recent"
    def flags(self) -> Flags:
        r"""Take flags with a space between them."""
        system = 0
        keywords: dict[str, None] = {}
        while True:
            flag = self._match(_FLAG, "flag expected")
            if flag.startswith(b"\\"):
                bit = SYSTEM_FLAGS.get(flag.upper())
                if bit is None:
                    raise Malformed("unknown system flag")
                system |= bit
            else:
                if len(flag) > LONGEST_KEYWORD or len(keywords) == MOST_KEYWORDS:
                    raise Malformed("keyword too long, or too many keywords")
                keywords[flag.decode("ascii")] = None
            if not self.take(b" "):
                return Flags(system, tuple(keywords))

    # Inside

    def _match(self, pattern: re.Pattern[bytes], complaint: str) -> bytes:
        found = pattern.match(self.text, self.at)
        if not found:
            raise Malformed(complaint)
        self.at = found.end()
        return found[0]

    def _number(self, largest: int) -> int:
        digits = self._match(_DIGITS, "number expected")
        if len(digits) > len(str(largest)) or (number := int(digits)) > largest:
            raise Malformed("number too large")
        return number

    def _literal(self) -> bytes:
        found = _LITERAL.match(self.text, self.at)
        if not found:
            raise Malformed("string expected")
        start = found.end()
        end = start + int(found[1])
        literal = self.text[start:end]
        if end > len(self.text):
            raise Malformed("literal cut short")
        if b"\0" in literal:
            raise Malformed("NUL in literal")  # CHAR8 = %x01-ff
        self.at = end
        return literal


def decode_utf8(octets: bytes) -> str:
    """Return text.

    Raises:
        Malformed: It is not UTF-8.
    """
    try:
        return octets.decode()
    except ValueError:
        raise Malformed("invalid UTF-8") from None
