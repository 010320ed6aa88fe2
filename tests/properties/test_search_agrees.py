"""SEARCH BODY and TEXT, many messages at once, against one message at a time.

The oracle asks each message alone, decoding whatever could hide a word; SEARCH reads
neighbours together, trusts the marks of the fragments, passes over what an index rules
out, and must say the same.
"""

import asyncio
import base64
import binascii
import itertools
import zlib
from collections.abc import Iterator

import hypothesis.strategies as st
import pytest
from hypothesis import given

from mailmax.base.ids import UserId
from mailmax.imapmax.blocking import Threads
from mailmax.imapmax.indexing import WhenToIndex
from mailmax.imapmax.open_mailboxes import OpenMailboxes
from mailmax.imapmax.searching import Search
from mailmax.imapmax.selected import Selected
from mailmax.message import content, encoded_words, structure
from mailmax.message.header import unfold
from mailmax.message.part import scan
from mailmax.store.mailboxes.port import Account, Store
from mailmax.store.mailboxes.segments import indexing
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import NewMessage
from mailmax.wire.imap.types.search_keys import TextHas

_WORDS = (
    "zebra", "Zebra", "ZEB", "ra", "straße", "STRASSE", "İstanbul", "grün", "GRÜN",
    "été", "e\u0301te\u0301", "日本語の手紙", "手紙", "письмо", "Kelvin \u212a", "K",
    "base64", "a_b", "x=?y", "co-op", "it's", "42", "4", ".", "=", "\u00ad", "ſ", "ﬁn",
)  # fmt: skip
_CHARSETS = ("utf-8", "iso-8859-1", "windows-1252", "utf-16", "iso-2022-jp", "koi8-r")
_texts = st.lists(st.sampled_from(_WORDS), max_size=8).flatmap(
    lambda words: st.sampled_from(["", " ", "\r\n", "-"]).map(lambda s: s.join(words))
)


@st.composite
def _part(draw: st.DrawFn, eol: bytes = b"\r\n") -> bytes:
    charset = draw(st.sampled_from(_CHARSETS))
    octets = draw(_texts).encode(charset, "replace")
    kind = draw(st.sampled_from([b"plain", b"html", b"octets"]))
    way = draw(st.sampled_from([b"7bit", b"8bit", b"base64", b"quoted-printable"]))
    if way == b"base64":
        octets = base64.encodebytes(octets).replace(b"\n", eol)
    elif way == b"quoted-printable":
        octets = binascii.b2a_qp(octets)
    main = b"application/" if kind == b"octets" else b"text/"
    named = b"; charset=" + charset.encode() if draw(st.booleans()) else b""
    lines = [b"Content-Type: " + main + kind + named]
    if way != b"7bit" or draw(st.booleans()):
        lines.append(b"Content-Transfer-Encoding: " + way)
    return eol.join([*lines, b"", octets])


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """Mail of few words, written in many ways."""
    subject = draw(_texts).replace("\r\n", " ")
    raw = subject.encode()
    if draw(st.booleans()):
        raw = encoded_words.encode(subject)
    head = b"From: a@example.test\r\nSubject: " + raw + b"\r\n"
    if draw(st.booleans()):
        return head + draw(_part())
    parts = draw(st.lists(_part(), max_size=3))
    inner = b"".join(b"\r\n--bb\r\n" + part for part in parts)
    kind = b"Content-Type: multipart/mixed; boundary=bb\r\n\r\nzebra preamble"
    return head + kind + inner + b"\r\n--bb--\r\n"


needles = st.one_of(
    _texts.map(str.lower),
    st.sampled_from(_WORDS).flatmap(
        lambda word: st.tuples(
            st.integers(0, len(word)), st.integers(0, len(word))
        ).map(lambda cut: word[min(cut) : max(cut)].lower())
    ),
)


def fits(octets: bytes, needle: str, *, header_too: bool) -> bool:
    """Ask one message alone."""
    lowered = octets.lower()
    tree = scan(octets)
    start = 0 if header_too else tree.parts[0].body_start
    hidden = (b"=?", b"base64", b"quoted-printable", b"iso-2022")
    if needle.isascii() and not any(mark in lowered for mark in hidden):
        return lowered.find(needle.encode(), start) >= 0
    header = octets[: tree.parts[0].body_start]
    if header_too and needle in encoded_words.decode(unfold(header)).lower():
        return True
    return any(
        needle in content.text(tree, part).lower()
        for part in tree.parts
        if part.content_type.main == b"text"
    )


def message(body: bytes) -> NewMessage:
    return NewMessage(
        body=body,
        size=len(body),
        crc=zlib.crc32(body),
        fragment=structure.render(body),
        internal_date_ms=1,
    )


ALWAYS = WhenToIndex(messages=0, quiet_s=1e6)
NEVER = WhenToIndex(messages=1_000_000)


def search(account: Account, key: TextHas, when: WhenToIndex = NEVER) -> list[int]:
    """Return the UIDs that SEARCH finds in INBOX."""

    async def find() -> list[int]:
        mailboxes = OpenMailboxes(threads, when)
        opened = mailboxes.enter(account, "INBOX", read_only=True)
        selected = Selected(opened, lambda: None, read_only=True, condstore=False)
        work = Search(selected, 60.0)
        found = await work.run(key)
        selected.leave()
        opened.leave()
        return [work.uids[index] for index in found]

    threads = Threads()
    try:
        return asyncio.run(find())
    finally:
        threads.close()


@pytest.fixture(scope="module", autouse=True)
def no_pause() -> Iterator[None]:
    """Index without rests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexing, "PAUSE_S", 0.0)
        yield


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Account]]:
    """Give a new user's mail as often as it is wanted."""
    store: Store = SegmentStore(tmp_path_factory.mktemp("mail"), background=False)
    yield (store.account(UserId(n), f"e/u~{n}") for n in itertools.count(1))
    store.close()


@given(
    bodies=st.lists(mails(), max_size=6),
    key=st.builds(TextHas, needles, st.booleans()),
)
def test_many_at_once_say_what_each_says_alone(
    accounts: Iterator[Account], bodies: list[bytes], key: TextHas
) -> None:
    """Neighbours in one read, plain and encoded ones, copies of one body.

    Without an index, with one of some, and with one of all of them.
    """
    account = next(accounts)
    inbox = account.open("INBOX")
    inbox.append([message(body) for body in bodies])
    inbox.refresh()
    while inbox.index():
        pass
    inbox.copy(list(inbox.uids)[::2], inbox)
    inbox.remove(list(inbox.uids)[1:2])
    inbox.refresh()
    octets = [inbox.read(position) for position in range(len(inbox.uids))]
    expected = [
        uid
        for uid, each in zip(inbox.uids, octets, strict=True)
        if fits(each, key.needle, header_too=key.header_too)
    ]

    found = search(account, key)
    with_index = search(account, key, ALWAYS)

    assert found == expected
    assert with_index == expected
    while inbox.index():
        pass
    assert search(account, key, ALWAYS) == expected
    inbox.close()


def test_a_text_across_two_messages_is_in_neither(accounts: Iterator[Account]) -> None:
    """What lies between two bodies, and the header for BODY, is not searched."""
    account = next(accounts)
    inbox = account.open("INBOX")
    inbox.append([message(b"Subject: MMB1\r\n\r\nzeb"), message(b"ra: 1\r\n\r\nzebra")])

    assert search(account, TextHas("zebra", header_too=True)) == [2]
    assert search(account, TextHas("mmb1", header_too=False)) == []
    assert search(account, TextHas("mmb1", header_too=True)) == [1]
    inbox.close()
