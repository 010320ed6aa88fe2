"""What the server refuses, and how that is cured, has words in German.

Theory:
    The pages know the server's sentences by their form (`web/src/lib/said`). Here
    each sentence that stands in the code of a refusal is looked for among the forms, a
    7 in place of what is filled in. What is put together elsewhere is not seen.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailmax.datamax import access
from mailmax.datamax.users import note_on_name
from mailmax.hub import listening
from mailmax.net import place
from mailmax.policy import dnsbl
from mailmax.policy.names import note_on_domain
from mailmax.wire.clamd import reply

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "mailmax"
FORM = re.compile(r"^  \[/(.*)/, '(\w+)'\],$", re.MULTILINE)
FORMS = [
    (re.compile(form.replace(r"\/", "/")), key)
    for file in sorted((ROOT / "web" / "src" / "lib" / "said").glob("*.ts"))
    for form, key in FORM.findall(file.read_text())
]
WORDS = json.loads((ROOT / "web/src/locales/de/said.json").read_text())
SEEN = (
    *sorted((SOURCES / "datamax").rglob("*.py")),
    *sorted((SOURCES / "policy").glob("*.py")),
    *(SOURCES / "settings" / f"{name}.py" for name in ("kinds", "listener", "resolve")),
    *(SOURCES / "webadmin" / "api" / f"{name}.py" for name in ("rank", "systems")),
)
PROGRAMS = (
    "nothing is counted", "that is no report", "has no activity", "ask for one of",
    "may say that", "asks for addresses", "the web changes nothing", "say for whom",
    "a service of another computer", "join as ", "this hub speaks",
    "install the same MailMax", "subscribed to already", "are for QueueMax alone",
    "programs are the server's", "that is no key", "octets at most", "forget one of",
    "give JSON", "give a page's `next`", "asked of",
)  # fmt: skip
"""What only programs hear: services, and commands of other versions."""
TOGETHER = {"7 has 7", "7 has 7, whose mail is here", "it 7"}
"""Parts fill these that a 7 does not stand for: "2 users", "runs a program …"."""
PARTS = {"Denied": slice(2, 4), "BadValue": slice(1, 3)}


STATES = (
    *place._WORDS.values(),
    listening._NO_TLS,
    *(one.words for one in (reply.GARBAGE, reply.TOO_LONG, reply.CUT_OFF)),
    reply.TOO_EARLY.words,
    dnsbl.trouble_of((), ()),
    dnsbl.trouble_of(("127.0.0.2",), ("127.0.0.2",)),
    *access._NOTES.values(),
    note_on_domain("localhost"),
    note_on_name("o'brien!"),
)
"""What is shown of services, lists and scanners, and notes on what was done."""


def sentences(file: Path) -> Iterator[tuple[int, str]]:
    """Yield what refusals in a file say, and in which line."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for part in node.args[PARTS.get(node.func.id, slice(0, 0))]:
                text = written(part)
                if text:
                    yield node.lineno, text


def written(node: ast.expr) -> str:
    """Return a text with a 7 for each part that is filled in; empty: it is none."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            parts = [
                one.value if isinstance(one, ast.Constant) else 7 for one in values
            ]
            return "".join(map(str, parts))
    return ""


def has_letters(text: str) -> bool:
    return bool(re.search("[a-z]", text.replace("mailmax", "")))


@pytest.mark.parametrize("file", SEEN, ids=lambda file: str(file.relative_to(SOURCES)))
def test_each_sentence_of_a_refusal_has_a_form(file: Path):
    unknown = [
        (number, text)
        for number, text in sentences(file)
        if has_letters(text)
        and text not in TOGETHER
        and not text.startswith("7 7 in 7 and would be forgotten")
        and not any(form.search(text) for form, _ in FORMS)
        and not any(known in text for known in PROGRAMS)
    ]

    assert unknown == []


@pytest.mark.parametrize("sentence", [one for one in STATES if one])
def test_so_has_what_is_told_in_rows_and_notes(sentence: str):
    assert any(form.search(sentence) for form, _ in FORMS)


def test_each_form_has_words_and_each_words_a_form():
    keys = {key for _, key in FORMS}

    assert len(FORMS) > 300
    assert keys == WORDS.keys()
    for form, key in FORMS:
        filled = {int(one) for one in re.findall(r"\{(\d+)\}", WORDS[key])}
        assert max(filled, default=-1) < form.groups, key
