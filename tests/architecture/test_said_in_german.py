"""What the server refuses, and how that is cured, has words in German.

Theory:
    The pages know the server's sentences by their form (`web/src/lib/said`). Here
    each sentence that stands in the code of a refusal is looked for among the forms, a
    7 in place of what is filled in. What is put together elsewhere is not seen.
    Findings are put together of more: what stands in a variable, in a table or behind
    an `if` is put in its place, each way it may come. What they have from elsewhere is
    named here, so that nothing is passed over in silence.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

import pytest

from mailmax.datamax import access
from mailmax.datamax.users import note_on_name
from mailmax.hub import listening
from mailmax.net import place
from mailmax.policy import dnsbl
from mailmax.policy.checks.facts import FilterFact
from mailmax.policy.names import note_on_domain
from mailmax.policy.reach import everybody
from mailmax.policy.recipients import HOME_KINDS
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.settings.user import USER_SETTINGS
from mailmax.wire.clamd import reply

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "mailmax"
FORM = re.compile(r"^  \[/(.*)/, '(\w+)'(?:, \d)?\],$", re.MULTILINE)
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

FINDING = (
    *sorted((SOURCES / "policy" / "checks").glob("*.py")),
    *(
        SOURCES / "bootstrap" / f"{name}.py"
        for name in ("certificate", "directories", "this_computer")
    ),
)
SAYING = {"BadValue", "_bad", "contradiction", "risk"}
"""Calls that are given where it is, a reason and a cure."""
HANDED_ON = {"bad.reason", "bad.cure", "found.reason", "found.cure", "reason", "cure"}
"""What was seen where it was said."""
DEAD_KINDS = sorted(set(USER_SETTINGS["kind"].choices) - {"normal"})
STANDS_FOR: Mapping[str, Sequence[str]] = {
    "before.label": [
        FilterFact(at, 7, "7.7.7.*", "banned").label for at in ("", "10.0.0.1")
    ],
    "domain.kind": sorted(set(DOMAIN_SETTINGS["kind"].choices) - HOME_KINDS),
    "everybody(one.pattern)": [everybody(one) for one in ("*", "*.*.*.*", "::/0")],
    "facts.lacking_apop": ["7 users have nothing that APOP works with: 7 and 7 more"],
    "', '.join(trusted[:3])": ["7", "this computer", "7, this computer"],
    "' and '.join(several)": ["7 and 7"],
    "method": sorted(set(SYSTEM_SETTINGS["housekeeping"].choices) - {"disabled"}),
    "owner.kind": DEAD_KINDS,
    "paths.certificate": ["/tls/cert.pem"],
    "paths.private_key": ["/tls/key.pem"],
    "user.address": ["7@7"],
    "user.kind": DEAD_KINDS,
}
"""What parts may be that come from elsewhere; any other is a 7."""

PLACES = (
    *("domain a.test: catch_all", "user a@a.test", "user a@a.test: forwards"),
    *("cluster member b", "ban (a.test)", "ban of 10.0.0.1 (a.test)", "connections"),
    *("connection *: default_domain", "service smtp of *"),
    *STANDS_FOR["before.label"],
)
COMMAND = re.compile(r"(?:mailmax|chmod|chown) (?:(?! or )[^;])*")
"""The same in every language, as `isCommand` of the pages has it."""


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


class Findings:
    """What the findings of a file say."""

    def __init__(self, file: Path) -> None:
        """Read it."""
        tree = ast.parse(file.read_text())
        self.functions = {
            node.name: node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
        }
        self.tables = assigned(tree.body)
        self.variables: Mapping[str, Sequence[ast.expr]] = {}

    def sentences(self) -> Iterator[tuple[int, str, str]]:
        """Yield the line of a reason or cure, its code, and each way it may come."""
        for function in self.functions.values():
            self.variables = self.tables | assigned(ast.walk(function))
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in SAYING:
                    for part in node.args[1:]:
                        for text in self.ways(part):
                            yield node.lineno, ast.unparse(part), text

    def ways(self, node: ast.expr) -> Sequence[str]:
        """Return each text that a part may be."""
        source = ast.unparse(node)
        if source in STANDS_FOR:
            return STANDS_FOR[source]
        match node:
            case ast.Constant(value=value):
                return [str(value)]
            case ast.JoinedStr(values=parts):
                return self._together(parts)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._together([left, right])
            case ast.Call(func=ast.Name(id="counted"), args=[_, noun]):
                return [f"7 {one}s" for one in self.ways(noun)]
        return self._each(self._alternatives(node)) or ["7"]

    def _alternatives(self, node: ast.expr) -> Sequence[ast.expr]:
        """Return of what a part is one."""
        match node:
            case ast.FormattedValue(value=value):
                return [value]
            case ast.IfExp(body=body, orelse=orelse):
                return [body, orelse]
            case ast.BoolOp(values=values) | ast.Dict(values=values):
                return values
            case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
                return self.variables.get(name, ())
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                parts = ast.walk(self.functions[name])
                returned = [one for one in parts if isinstance(one, ast.Return)]
                return [one.value for one in returned if one.value is not None]
        return ()

    def _each(self, nodes: Iterable[ast.expr]) -> Sequence[str]:
        return [text for node in nodes for text in self.ways(node)]

    def _together(self, nodes: Iterable[ast.expr]) -> Sequence[str]:
        return ["".join(parts) for parts in product(*map(self.ways, nodes))]


def assigned(nodes: Iterable[ast.AST]) -> dict[str, Sequence[ast.expr]]:
    """Return what is assigned to each name."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return dict(found)


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


@pytest.mark.parametrize("file", FINDING, ids=lambda file: file.name)
def test_so_has_each_reason_and_cure_of_a_finding(file: Path):
    unknown = [
        (number, text)
        for number, source, text in Findings(file).sentences()
        if (source not in HANDED_ON if text == "7" else has_letters(text))
        and not COMMAND.fullmatch(text)
        and not any(form.search(text) for form, _ in FORMS)
    ]

    assert unknown == []


@pytest.mark.parametrize("place", PLACES)
def test_so_has_where_it_is(place: str):
    assert any(form.search(place) for form, _ in FORMS)


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
