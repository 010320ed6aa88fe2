"""What the audit log says of requests: never a secret, never too much."""

import json
import typing
from pathlib import Path

import msgspec
import pytest

from mailmax.datamax import audit_words as words
from mailmax.hub import codec
from mailmax.hub.contract.domains import ChangeDomain
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.quarantine import SteerQuarantine, SwitchVirusCheck
from mailmax.hub.contract.queue import Selection
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.steering import SteerDead, SteerQueue
from mailmax.hub.contract.summary import SteerService
from mailmax.hub.contract.users import (
    AddUser,
    ImportRow,
    ImportUsers,
    SetPassword,
)
from mailmax.hub.contract.web import AddApiKey, EndWebSessions

LOCALES = Path(__file__).parents[3] / "web" / "src" / "locales"
HIDDEN = "s3cret-w0rd"

CHANGING = {
    "AddDomain", "DeleteDomain", "ChangeDomain", "AddDomainAlias", "DeleteDomainAlias",
    "AddUser", "DeleteUser", "RenameUser", "SetPassword", "SetApopSecret", "ChangeUser",
    "ChangeForward", "ImportUsers", "SetAdministration", "AddAlias", "DeleteAlias",
    "SetSetting", "SetHostPassword", "SteerQueue", "SteerDead", "AddFilter",
    "ChangeFilter", "RemoveFilter", "MoveFilter", "AddBan", "RemoveBan", "AddBinding",
    "ChangeBinding", "DeleteBinding", "AddListener", "ChangeListener", "SwitchListener",
    "DeleteListener", "RunHousekeeping", "UnlockMaildrop", "Pardon",
    "AddClusterMember", "ChangeClusterMember", "RemoveClusterMember", "AddRule",
    "ChangeRule", "SwitchRule", "MoveRule", "DeleteRule", "SteerService",
    "SteerQuarantine", "SwitchVirusCheck", "EndWebSessions", "AddApiKey",
    "RemoveApiKey", "EndTotp", "ReleaseEtrn", "BeginVirusTest", "BeginVirusUpdate",
    "AddSystem", "ChangeSystem", "RemoveSystem", "AddSystemGroup", "RenameSystemGroup",
    "RemoveSystemGroup", "SendProbe", "BeginProgramTrial",
}  # fmt: skip


def test_what_changes_something_is_noted_and_what_reads_is_not():
    class Asked:
        pass

    noted = {
        kind.__name__
        for kind in typing.get_args(codec.FromAdministrators)
        if words.changes_something(type(kind.__name__, (Asked,), {})())
    }

    assert noted == CHANGING


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_has_words_for_every_deed(language):
    """A kind that is new needs some, in both languages."""
    noted = CHANGING | {codec.FromCommands.__name__}
    said = json.loads((LOCALES / language / "deeds.json").read_text())

    assert said.keys() == noted
    assert all(" " in word for word in said.values())
    assert len(set(said.values())) == len(said)


@pytest.mark.parametrize(
    "request_",
    [
        AddUser(
            "ann@one.test", Secret(HIDDEN), {"kind": "normal"}, False, Secret(HIDDEN)
        ),
        SetPassword("ann@one.test", Secret(HIDDEN)),
        ImportUsers((ImportRow("ann@one.test", Secret(HIDDEN)),)),
        SetSetting("smart_host_password", HIDDEN),
        ChangeDomain("one.test", {"smart_host_password": HIDDEN}),
    ],
)
def test_no_secret_is_in_it(request_):
    said = words.words_of(request_)

    assert HIDDEN not in said
    assert "set" in said


def test_a_blank_secret_is_told_from_a_set_one():
    assert '"password": "blank"' in words.words_of(SetPassword("a@b.test", Secret("")))


def test_long_things_are_cut():
    rows = tuple(ImportRow(f"u{at}@one.test", Secret("")) for at in range(2_000))

    said = words.words_of(ImportUsers(rows))

    assert len(said) <= words.LONGEST
    json.loads(said)
    text = words.words_of(SetSetting("postmaster", "x" * 5_000))
    assert len(text) < 400


def test_the_subject_is_what_people_call_it():
    assert words.subject_of(SetPassword("ann@one.test", Secret(""))) == "ann@one.test"
    assert words.subject_of(SetSetting("smtp_port", "25")) == "smtp_port"
    assert words.subject_of(EndWebSessions(session_id=12)) == "12"
    assert words.subject_of(AddApiKey("backup", ("*",))) == "backup"


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(("12", "13.2")), "12, 13.2"),
        (Selection(everything=True), "*"),
        (Selection(sender="<>", recipient="*.b.test"), "from:<> to:*.b.test"),
        (
            Selection(("7",), "c.test", state="held", older_than_s=7200),
            "7 destination:c.test state:held older:2h",
        ),
        (Selection(older_than_s=172_800), "older:2d"),
        (Selection(older_than_s=90), "older:90s"),
        (Selection(("7",), older_than_s=float("inf")), "7"),
        (Selection(("7",), older_than_s=float("nan")), "7"),
        (Selection(), ""),
    ],
)
def test_acts_on_mail_say_which(selection, expected):
    assert words.subject_of(SteerQueue("hold", selection, "ann@a.test")) == expected
    assert words.subject_of(SteerDead("delete", selection, "ann@a.test")) == expected


def test_of_many_messages_there_are_as_many_as_have_room():
    ids = tuple(str(1_000_000 + at) for at in range(1_000))

    said = words.subject_of(SteerQuarantine("release", ids, "ann@a.test"))

    shown, _, more = said.partition(" +")
    assert len(said) < 255
    assert shown.split(", ") == list(ids[: 1_000 - int(more)])
    assert words.subject_of(SteerQuarantine("delete", ids[:1], "")) == ids[0]


def test_what_is_of_a_domain_or_a_service_says_which():
    assert words.subject_of(SwitchVirusCheck(is_on=True, domain="a.test")) == "a.test"
    assert words.subject_of(SteerService("imap", "stop")) == "imap"


def test_what_only_asks_what_would_happen_is_not_noted():
    fields = dict.fromkeys(SteerQueue.__struct_fields__)
    assert not words.changes_something(SteerQueue(**{**fields, "dry_run": True}))
    assert words.changes_something(SteerQueue(**{**fields, "dry_run": False}))


def test_what_cannot_be_shown_is_not_kept():
    assert words.shown_text("a\x00b\nc") == "a\ufffdb\ufffdc"
    assert len(words.shown_text("x" * 5_000)) == 255


def test_a_number_without_end_is_noted_as_text():
    asked = SteerQueue("hold", Selection(older_than_s=float("inf")), "")

    noted = msgspec.json.decode(words.words_of(asked))

    assert noted["selection"]["older_than_s"] == "inf"
