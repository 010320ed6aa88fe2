"""What a list of rules costs a message; prints one line a list and a message.

Run: ``PYTHONPATH=src .venv/bin/python bench/rule_lists.py [RULES]``. Times are of this
thread's processor alone, the best of nine; each time the message is new, so that
what the first rule has decoded is counted, too. The scan is not: the filer has made
it anyhow. No rule fires, so that each is asked.
"""

import base64
import binascii
import sys
import time
from collections.abc import Callable
from datetime import UTC

from mailmax.message.part import Tree, scan
from mailmax.policy.rules import action as do
from mailmax.policy.rules import condition as when
from mailmax.policy.rules.compiled import RuleList
from mailmax.policy.rules.evaluate import evaluate
from mailmax.policy.rules.mail import Mail
from mailmax.policy.rules.rule import Rule

_TEXT = "The quick brown fox jumps over the lazy dog, and the dog sleeps on.\r\n"
_GERMAN = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.\r\n"
_HTML = "<tr><td class='a'>The quick <b>brown</b> fox</td><td>jumps &amp; runs</td>\r\n"
_HEADER = "".join(
    f"Received: from a{n}.test by b{n}.test with ESMTPS; Mon, 1 Jan 2024 00:00:0{n}\r\n"
    for n in range(5)
)
_HEADER += (
    "From: Tim <tim@example.test>\r\nTo: Ann <ann@example.test>\r\n"
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=\r\nMIME-Version: 1.0\r\n"
)
_SIZE = 50_000


def _plain() -> str:
    return _HEADER + "\r\n" + _TEXT * (_SIZE // len(_TEXT))


def _encoded() -> str:
    text = (_GERMAN * (_SIZE // len(_GERMAN))).encode()
    head = "Content-Type: text/plain; charset=utf-8\r\n"
    head += "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    return _HEADER + head + binascii.b2a_qp(text).decode()


def _alternative() -> str:
    half = _SIZE // 2
    parts = [
        "\r\n" + _TEXT * (half // len(_TEXT)),
        "Content-Type: text/html\r\n\r\n" + _HTML * (half // len(_HTML)),
    ]
    head = "Content-Type: multipart/alternative; boundary=x\r\n\r\n"
    return (
        _HEADER + head + "".join(f"--x\r\n{part}\r\n" for part in parts) + "--x--\r\n"
    )


def _attached() -> str:
    content = base64.encodebytes(b"x" * (_SIZE * 3 // 4 // 3)).decode()
    file = (
        "Content-Type: application/pdf; name=plan{}.pdf\r\n"
        "Content-Disposition: attachment; filename*=utf-8''pl%C3%A4ne%20{}.pdf\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n" + content
    )
    parts = ["\r\nHello", *(file.format(n, n) for n in range(3))]
    head = "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    return (
        _HEADER + head + "".join(f"--x\r\n{part}\r\n" for part in parts) + "--x--\r\n"
    )


MESSAGES: dict[str, Callable[[], str]] = {
    "plain text": _plain,
    "quoted-printable": _encoded,
    "text and HTML": _alternative,
    "three files": _attached,
}
CONDITIONS: dict[str, Callable[[int], when.Condition]] = {
    "subject": lambda n: when.Header("Subject", f"offer {n}"),
    "subject, whole word": lambda n: when.Header(
        "Subject", f"offer{n}", whole_word=True
    ),
    "size": lambda n: when.Size("greater", 1_000_000 + n),
    "file name": lambda n: when.AttachmentName(f"*invoice*{n}.exe"),
    "file type": lambda n: when.FileType(f"ex{n}"),
    "body": lambda n: when.Body(f"the dog sleeps {n}"),
    "body, whole word": lambda n: when.Body(f"the lazy cat {n}", whole_word=True),
    "whole mail": lambda n: when.WholeMail(f"the dog sleeps {n}"),
}


def measure(rules: RuleList, tree: Tree) -> float:
    """Return the milliseconds of one message."""
    begin = time.thread_time()
    found = evaluate(rules, Mail(tree, len(tree.octets), 1_700_000_000_000, UTC), {})
    spent = time.thread_time() - begin
    assert not getattr(found, "fired", ())
    return spent * 1000


def main(many: int) -> None:
    trees = {name: scan(make().encode()) for name, make in MESSAGES.items()}
    print(f"{many} rules, ms a message: {', '.join(trees)}")
    for name, condition in CONDITIONS.items():
        rules = [Rule(str(n), (condition(n),), (do.Discard(),)) for n in range(many)]
        begin = time.thread_time()
        ready = RuleList(rules)
        made = (time.thread_time() - begin) * 1000
        best = [min(measure(ready, tree) for _ in range(9)) for tree in trees.values()]
        cells = " ".join(f"{value:8.2f}" for value in best)
        print(f"{name:22} {cells}   made ready in {made:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
