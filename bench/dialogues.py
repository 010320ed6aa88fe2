"""What the clients say: SMTP, LMTP, POP3, IMAP."""

import base64
import time
from collections.abc import Callable, Iterable, Iterator

from bench.client import (
    Dialogue,
    DialogueError,
    expect,
    line,
    multiline,
    replies,
    tagged,
)

PASSWORD = "bench-password"


def send_mail(
    hello: bytes,
    mails: Iterator[tuple[bytes, bytes]],
    count: int,
    sent: list[int],
    login: str = "",
) -> Dialogue:
    """Hand in messages over SMTP or LMTP, pipelining as RFC 2920 allows.

    Args:
        hello: EHLO or LHLO.
        mails: Recipient and dot-stuffed content with its final dot, without end.
        count: Messages in this session.
        sent: Its first item is raised by one for each 250.
        login: Who logs in first, and sends; empty for nobody.
    """
    sender = (login or "sender@example.org").encode()
    answer = yield b"", replies(1)
    expect(answer, b"220")
    answer = yield hello + b" load.example.org\r\n", replies(1)
    expect(answer, b"250")
    if login:
        initial = base64.b64encode(f"\0{login}\0{PASSWORD}".encode())
        answer = yield b"AUTH PLAIN " + initial + b"\r\n", replies(1)
        expect(answer, b"235")
    for _ in range(count):
        recipient, content = next(mails)
        answer = yield (
            b"MAIL FROM:<%b>\r\nRCPT TO:<%b>\r\nDATA\r\n" % (sender, recipient),
            replies(3),
        )
        if b"\r\n354" not in answer:
            raise DialogueError(f"not accepted: {answer[:300]!r}")
        answer = yield content, replies(1)
        expect(answer, b"250")
        sent[0] += 1
    yield b"QUIT\r\n", replies(1)


def pop_all(user: str, count: int, octets: list[int]) -> Dialogue:
    """Read a whole maildrop and leave it as it is."""
    yield b"", line
    yield f"USER {user}\r\n".encode(), line
    answer = yield f"PASS {PASSWORD}\r\n".encode(), line
    expect(answer, b"+OK")
    answer = yield b"STAT\r\n", line
    expect(answer, b"+OK")
    for number in range(1, count + 1):
        answer = yield b"RETR %d\r\n" % number, multiline
        expect(answer, b"+OK")
        octets[0] += len(answer)
    yield b"QUIT\r\n", line


def imap(
    user: str,
    commands: Iterable[bytes],
    note: Callable[[int, float, bytes], None] | None = None,
) -> Dialogue:
    """Log in, give commands one after another, log out.

    Args:
        user: Login name.
        commands: Without tag and CRLF; literals are sent as ``{n+}``.
        note: Called with the command's index, its seconds and its answer.
    """
    yield b"", line
    answer = yield f"zlog LOGIN {user} {PASSWORD}\r\n".encode(), tagged(b"zlog")
    _check(answer, b"zlog")
    for index, command in enumerate(commands):
        tag = b"z%d" % index
        begin = time.perf_counter()
        answer = yield tag + b" " + command + b"\r\n", tagged(tag)
        if note is not None:
            note(index, time.perf_counter() - begin, answer)
        _check(answer, tag)
    yield b"zout LOGOUT\r\n", tagged(b"zout")


def _check(answer: bytes, tag: bytes) -> None:
    last = answer[answer.rfind(b"\n", 0, -2) + 1 :]
    if not last.startswith(tag + b" OK"):
        raise DialogueError(f"{last[:300]!r}")


def append(user: str, folder: str, mails: list[bytes], note=None) -> Dialogue:
    """Log in and APPEND messages, one at a time."""
    commands = [
        b'APPEND "%b" (\\Seen) {%d+}\r\n%b' % (folder.encode(), len(mail), mail)
        for mail in mails
    ]
    return imap(user, commands, note)
