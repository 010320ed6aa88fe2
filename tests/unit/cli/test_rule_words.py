"""Conditions and actions as people write them, and back (manual 8; RUL-2, RUL-3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.cli.rules.actions import read_action, write_action
from mailmax.cli.rules.conditions import read_condition, write_condition
from mailmax.policy.rules import action as do
from mailmax.policy.rules import condition as when
from mailmax.settings.field import BadValue

pytestmark = pytest.mark.manual("8")

THREE = ("a@b.test", "c@d.test", "e@f.test")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("any", when.AnyMessage()),
        ("size > 1M", when.Size("greater", 1 << 20)),
        ("SIZE <= 10k", when.Size("less_or_equal", 10_240)),
        ("size between 1 and 2k", when.Size("between", 1, 2_048)),
        ("date before 2024-12-31", when.Date("before", "2024-12-31")),
        ("date on or after 2024-12-31", when.Date("on_or_after", "2024-12-31")),
        ("date not on 2024-12-31", when.Date("not_on", "2024-12-31")),
        ("time between 22:00 and 06:00", when.Time("between", "22:00", "06:00")),
        ("time on or before 8:00", when.Time("on_or_before", "8:00")),
        ("day on Monday", when.DayOfWeek("on", 2)),
        ("day between sat and 1", when.DayOfWeek("between", 7, 1)),
        ('header Subject contains "a b"', when.Header("Subject", "a b")),
        ("header Subject contains word", when.Header("Subject", "word")),
        ('header From contains "word"', when.Header("From", "word")),
        (
            'header Subject contains word "a"',
            when.Header("Subject", "a", whole_word=True),
        ),
        (
            "header X-Y lacks word offer",
            when.Header("X-Y", "offer", whole_word=True, does_not_contain=True),
        ),
        ("header X-Y exists", when.Header("X-Y")),
        ("header X-Y is missing", when.Header("X-Y", does_not_contain=True)),
        (r'body contains "say \"hi\"\n\\"', when.Body('say "hi"\n\\')),
        (r"body contains 'a\n b'", when.Body(r"a\n b")),
        ("mail contains word money", when.WholeMail("money", whole_word=True)),
        ("attachment named *.exe", when.AttachmentName("*.exe")),
        ("attachment named word bill", when.AttachmentName("bill", whole_word=True)),
        ("attachment type .exe", when.FileType(".exe")),
        ('program "/usr/bin/x %F"', when.ExternalTest("/usr/bin/x %F")),
        ('program "/x %M" failing true', when.ExternalTest("/x %M", "true")),
        ('program "/x %M" failing false', when.ExternalTest("/x %M", "false")),
    ],
)
def test_conditions_are_read(text, meant):
    assert read_condition("--if 1", text) == meant
    assert read_condition("--if 1", write_condition(meant)) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("store Junk", do.Store("Junk")),
        ("store", do.Store()),
        ("store 'My mail/Old'", do.Store("My mail/Old")),
        ("forward a@b.test", do.Forward(("a@b.test",))),
        ("forward a@b.test,c@d.test e@f.test", do.Forward(THREE)),
        ("discard", do.Discard()),
        ("discard attachments", do.DiscardAttachment()),
        ('respond "Gone.\\n"', do.RespondText(text="Gone.\n")),
        (
            'respond "Hi" subject "No" name Tim from tim@b.test',
            do.RespondText("Tim", "tim@b.test", "No", "Hi"),
        ),
        ("respond file /etc/motd", do.RespondFile(path="/etc/motd")),
        ('respond "file" subject x', do.RespondText(subject="x", text="file")),
        ("note Went.", do.NoteToSelf(text="Went.")),
        ("stop", do.TerminateOtherRules()),
        ('run "/usr/bin/x %M"', do.RunProgram("/usr/bin/x %M")),
    ],
)
def test_actions_are_read(text, meant):
    assert read_action("--do 1", text) == meant
    assert read_action("--do 1", write_action(meant)) == meant


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "begins like no condition"),
        ("'any'", "begins like no condition"),
        ("sender is bob", "begins like no condition"),
        ("any more", "is too much"),
        ("size 5", "here stands '5'"),
        ("size > lots", "is no size"),
        ("size >", "the size is missing"),
        ("size between 1 2", "here stands '2' and not and"),
        ("day on Mo2", "is no day"),
        ("day on t", "is no day"),
        ("date on", "the date is missing"),
        ("date on or on 2024-01-01", "here stands 'on'"),
        ("header Subject", "here stands nothing"),
        ("header Subject contains offer today", "needs quotes"),
        ('header Subject contains ""', "the text is empty"),
        ('body contains "x', "is not closed"),
        ("attachment called x", "here stands 'called'"),
    ],
)
def test_what_is_no_condition_says_so_and_how_it_is_written(text, reason):
    bad = read_condition("--if 2", text)

    assert isinstance(bad, BadValue)
    assert bad.field == "--if 2"
    assert reason in bad.reason
    assert bad.cure


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("burn", "begins like no action"),
        ("store a b", "is too much"),
        ("forward", "an address is missing"),
        ("discard all", "is too much"),
        ("respond", "the text is missing"),
        ("respond hi subject", "the subject is missing"),
        ("respond hi subject a subject b", "given twice"),
        ("respond hi to x@y.test", "here stands 'to'"),
        ("stop now", "is too much"),
    ],
)
def test_what_is_no_action_says_so_and_how_it_is_written(text, reason):
    bad = read_action("--do 1", text)

    assert isinstance(bad, BadValue)
    assert reason in bad.reason
    assert bad.cure


_TEXTS = st.text(min_size=1, max_size=30)
_SHORT = st.text(max_size=9)
_YES_OR_NO = st.booleans()
_CONDITIONS = st.one_of(
    st.builds(when.Header, _TEXTS, _TEXTS, _YES_OR_NO, _YES_OR_NO),
    st.builds(when.Body, _TEXTS, _YES_OR_NO),
    st.builds(when.WholeMail, _TEXTS, _YES_OR_NO),
    st.builds(when.AttachmentName, _TEXTS, _YES_OR_NO),
    st.builds(when.FileType, _TEXTS),
)
_ACTIONS = st.one_of(
    st.builds(do.RespondText, _SHORT, _SHORT, _SHORT, _TEXTS),
    st.builds(do.RespondFile, _SHORT, _SHORT, _SHORT, _TEXTS),
    st.builds(do.NoteToSelf, _SHORT, _SHORT, _SHORT, _TEXTS),
    st.builds(do.Store, _SHORT),
)


@given(_CONDITIONS)
def test_what_is_written_of_a_condition_is_read_as_the_same(condition):
    assert read_condition("--if 1", write_condition(condition)) == condition


@given(_ACTIONS)
def test_what_is_written_of_an_action_is_read_as_the_same(action):
    assert read_action("--do 1", write_action(action)) == action


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    for kind in ("header ", "size ", "date ", "day ", ""):
        read_condition("--if 1", kind + text)
    for kind in ("respond ", "forward ", "store ", ""):
        read_action("--do 1", kind + text)
