"""Rules between honest twins: what they do to mail as it is filed (manual 8)."""

import msgspec
import pytest

from fix_directory import DOMAIN
from fix_filer import BODY, EVE, TIM
from mailmax.base.envelope import Recipient
from mailmax.base.ids import Uid, UserId
from mailmax.base.units import DAY_S
from mailmax.hub.contract.rows import DayRow, UserRow
from mailmax.store.mailboxes.delivery import Outcome
from waiting import wait_for

pytestmark = pytest.mark.manual("8")

ADA = "ada@example.org"
AWAY = "x@away.test"
NOW_MS = 1_700_000_000_000
JUNK = {"kind": "store", "mailbox": "Junk"}
DISCARD = {"kind": "discard"}
STOP = {"kind": "terminate"}
BOUNDARY = b"--=x"
WITH_FILE = (
    b"Return-Path: <ada@example.org>\r\nTo: <tim@demo.test>\r\nSubject: files\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=x"\r\n\r\n'
    b"--=x\r\n\r\nsee there\r\n--=x\r\nContent-Type: application/octet-stream\r\n"
    b'Content-Disposition: attachment; filename="run.exe"\r\n\r\nMZ-octets\r\n'
    b"--=x--\r\n"
)


@pytest.fixture
def house(filing_house):
    return filing_house


def forward(*addresses: str) -> dict[str, object]:
    return {"kind": "forward", "addresses": list(addresses)}


def store(mailbox: str) -> dict[str, object]:
    return {"kind": "store", "mailbox": mailbox}


def subject(text: str) -> list[dict[str, object]]:
    return [{"kind": "header", "name": "Subject", "text": text}]


def held(house, user: UserRow, mailbox: str = "INBOX") -> list[bytes]:
    """Return a user's mail in one mailbox."""
    account = house.store.account(UserId(user.user_id), user.home)
    if account.find(mailbox) is None:
        return []
    box = account.open(mailbox)
    box.refresh()
    try:
        return [box.read(position) for position in range(len(box.uids))]
    finally:
        box.close()
        account.close()


def run(house) -> None:
    """File what was promised."""
    house.start()
    house.settle_with_queue()


def sent(house) -> list[str]:
    return [
        one.address for record, _ in house.handed for one in record.envelope.recipients
    ]


def test_mail_is_stored_where_a_rule_says_and_the_mailbox_is_made(house):
    house.book.rule(1, of=TIM, conditions=subject("HELLO"), actions=[JUNK])
    house.send(TIM)
    house.send(TIM, body=BODY.replace(b"hello", b"other"))
    run(house)

    assert held(house, TIM, "Junk") == [BODY]
    assert held(house, TIM) == [BODY.replace(b"hello", b"other")]


def test_every_rule_that_fires_stores_a_copy_and_inbox_only_if_it_is_said(house):
    house.book.rule(1, of=TIM, actions=[JUNK, store("a/b"), JUNK])
    house.book.rule(2, of=EVE, actions=[JUNK, store("inbox"), DISCARD])
    house.promise(
        Recipient(TIM.address, TIM.user_id), Recipient(EVE.address, EVE.user_id)
    )
    run(house)

    assert (held(house, TIM), held(house, TIM, "Junk")) == ([], [BODY])
    assert held(house, TIM, "a/b") == [BODY]
    assert (held(house, EVE), held(house, EVE, "Junk")) == ([BODY], [BODY])


def test_system_then_domain_then_user_until_one_says_stop(house):
    """RUL-1: what stops is done with all of its own actions first."""
    house.book.rule(9, actions=[store("system")])
    house.book.rule(5, of=DOMAIN, conditions=subject("hello"), actions=[
        store("domain"), STOP, store("domain too"),
    ])  # fmt: skip
    house.book.rule(6, of=DOMAIN, actions=[store("domain later")])
    house.book.rule(1, of=TIM, actions=[store("user")])
    house.send(TIM)
    house.send(TIM, body=BODY.replace(b"hello", b"other"))
    run(house)

    def subjects(mailbox: str) -> list[bytes]:
        return [body.split(b"\r\n")[1] for body in held(house, TIM, mailbox)]

    both = [b"Subject: hello", b"Subject: other"]
    assert subjects("system") == both
    assert subjects("domain") == subjects("domain too") == both[:1]
    assert subjects("domain later") == subjects("user") == both[1:]
    wait_for(lambda: sum(hit.hits for hit in house.book.hit) >= 3)
    house.stop()
    hits = {}
    for hit in house.book.hit:
        hits[hit.rule_id] = hits.get(hit.rule_id, 0) + hit.hits
    assert hits == {9: 2, 5: 1, 6: 1, 1: 1}


def test_rules_of_one_user_are_no_business_of_another(house):
    house.book.rule(1, of=TIM, actions=[DISCARD])
    house.book.add(msgspec.structs.replace(EVE, kind="trap"))
    house.book.rule(2, of=EVE, actions=[DISCARD])
    house.promise(
        Recipient(TIM.address, TIM.user_id), Recipient(EVE.address, EVE.user_id)
    )
    run(house)

    assert (held(house, TIM), held(house, EVE)) == ([], [BODY])


def test_a_change_acts_on_the_next_message(house):
    house.book.rule(1, of=TIM, actions=[JUNK])
    house.send(TIM)
    run(house)
    house.book.rule(1, of=TIM, actions=[store("Other")])
    house.send(TIM)
    house.settle()
    house.book.drop_rule(1)
    house.send(TIM)
    house.settle()

    places = [len(held(house, TIM, one)) for one in ("Junk", "Other", "INBOX")]
    assert places == [1, 1, 1]


# Forwards


def test_copies_go_to_addresses_here_and_elsewhere_and_one_stays(house):
    house.book.rule(1, of=TIM, actions=[forward(EVE.address, AWAY, AWAY.upper())])
    house.send(TIM)
    run(house)

    assert (held(house, TIM), held(house, EVE)) == ([BODY], [BODY])
    assert sent(house) == [AWAY]


def test_what_is_forwarded_and_discarded_leaves_no_copy(house):
    """DECISIONS 31: as a forward that keeps none."""
    house.book.rule(1, of=TIM, actions=[forward(EVE.address), DISCARD])
    house.send(TIM)
    run(house)

    assert (held(house, TIM), held(house, EVE)) == ([], [BODY])


def test_what_cannot_be_forwarded_is_not_discarded(house):
    house.book.rule(1, of=TIM, actions=[forward("nobody@demo.test"), DISCARD])
    house.send(TIM)
    run(house)

    assert held(house, TIM) == [BODY]


def test_a_full_box_gives_the_mail_back_to_who_forwarded_it(house):
    house.book.add(msgspec.structs.replace(EVE, box_limit_octets=10))
    house.book.rule(1, of=TIM, actions=[forward(EVE.address), DISCARD])
    house.send(TIM)
    run(house)
    house.let_it_go_round()
    house.settle_with_queue()

    assert held(house, EVE) == []
    assert BODY in held(house, TIM)


def test_rules_that_forward_to_each_other_make_one_copy_each(house):
    """TRUST J8, K6: and nothing is lost where both discard."""
    house.book.rule(1, of=TIM, actions=[forward(EVE.address), DISCARD])
    house.book.rule(2, of=EVE, actions=[forward(TIM.address), DISCARD])
    house.book.rule(3, of=EVE, actions=[forward(EVE.address)])
    house.send(TIM)
    run(house)

    assert len(held(house, TIM)) + len(held(house, EVE)) == 1


def test_own_forwards_and_those_of_rules_are_one_list(house):
    house.book.forward(TIM, AWAY, keeps=False)
    house.book.rule(1, of=TIM, actions=[forward(AWAY, EVE.address)])
    house.send(TIM)
    run(house)

    assert sent(house) == [AWAY]
    assert (held(house, TIM), held(house, EVE)) == ([], [BODY])


def test_who_keeps_no_copy_gets_what_a_rule_stores(house):
    house.book.forward(TIM, AWAY, keeps=False)
    house.book.rule(1, of=TIM, actions=[JUNK])
    house.send(TIM)
    run(house)

    assert sent(house) == [AWAY]
    assert (held(house, TIM), held(house, TIM, "Junk")) == ([], [BODY])


def test_forwards_of_rules_count_as_sent_that_day(house):
    """TRUST K7: a user with a daily limit and no forwards of the own."""
    house.book.limit(TIM, DayRow(1, 0))
    house.book.rule(1, of=TIM, actions=[forward(AWAY), DISCARD])
    for _ in range(2):
        house.send(TIM)
    run(house)

    assert sent(house) == [AWAY]
    assert held(house, TIM)[0] == BODY
    assert [one.user_id for one in house.book.told] == [TIM.user_id]


def test_the_same_target_by_two_rules_gets_one_copy(house):
    house.book.rule(1, actions=[forward(EVE.address)])
    house.book.rule(2, of=TIM, actions=[forward(EVE.address)])
    house.promise(
        Recipient(TIM.address, TIM.user_id), Recipient(EVE.address, EVE.user_id)
    )
    run(house)

    assert (held(house, TIM), held(house, EVE)) == ([BODY], [BODY])


# Discarding


def test_a_discarded_message_is_nowhere_and_nobody_is_told(house):
    house.book.rule(1, of=TIM, actions=[DISCARD])
    house.send(TIM)
    run(house)

    assert (held(house, TIM), house.handed) == ([], [])


def test_who_forwards_to_somebody_who_discards_keeps_none(house):
    house.book.forward(TIM, EVE.address, keeps=False)
    house.book.rule(1, of=EVE, actions=[DISCARD])
    house.send(TIM)
    run(house)

    assert (held(house, TIM), held(house, EVE)) == ([], [])


def test_attached_files_are_taken_out_for_whom_a_rule_says_so(house):
    """TRUST J9: the result is whole mail; others get it as it came."""
    files = [{"kind": "file_type", "extension": ".EXE"}]
    house.book.rule(1, of=TIM, conditions=files, actions=[
        {"kind": "discard_attachment"}, JUNK, store("INBOX"),
    ])  # fmt: skip
    house.promise(
        Recipient(TIM.address, TIM.user_id),
        Recipient(EVE.address, EVE.user_id),
        body=WITH_FILE,
    )
    run(house)

    [bare] = held(house, TIM)
    assert held(house, TIM, "Junk") == [bare]
    assert held(house, EVE) == [WITH_FILE]
    assert b"MZ-octets" not in bare
    assert b"see there" in bare
    assert b"run.exe" in bare
    assert bare.startswith(b"Return-Path: <ada@example.org>\r\nTo: ")
    assert bare.endswith(b"--=x--\r\n")


def test_whose_forward_comes_back_gets_the_files_all_the_same(house):
    """What one user's rule takes out is not taken out of another's mail."""
    house.book.add(msgspec.structs.replace(EVE, box_limit_octets=10))
    house.book.forward(TIM, EVE.address, keeps=False)
    house.book.rule(1, of=EVE, actions=[{"kind": "discard_attachment"}])
    house.send(TIM, body=WITH_FILE)
    run(house)
    house.let_it_go_round()

    assert WITH_FILE in held(house, TIM)


def test_mail_without_attached_files_stays_as_it_is(house):
    house.book.rule(1, of=TIM, actions=[{"kind": "discard_attachment"}])
    origin = house.send(TIM)
    run(house)

    assert held(house, TIM) == [BODY]
    assert origin.number


# Letters


def answers(house) -> list[bytes]:
    house.settle_with_queue()
    return [body for _, body in house.handed if b"Auto-Submitted: auto-rep" in body]


RESPOND = {
    "kind": "respond_text",
    "text": "Too large.\n",
    "subject": "No",
    "name": "Tim R",
}


@pytest.mark.rfc("3834", "2")
def test_a_rule_answers_the_sender_once_a_period_beside_the_users_own(house):
    house.book.answer(TIM)
    house.book.rule(1, of=TIM, actions=[RESPOND])
    house.book.rule(2, of=TIM, conditions=subject("lunch"), actions=[RESPOND])
    body = b"Return-Path: <x>\r\nTo: <tim@demo.test>\r\nSubject: hi\r\n\r\nx\r\n"
    for days in (0, 6, 8):
        house.send(TIM, body=body, received_at_ms=NOW_MS + days * DAY_S * 1000)
    house.send(TIM, body=body, reverse_path="")
    house.start()

    told = answers(house)

    assert len([one for one in told if b"\r\n\r\nI am away." in one]) == 2
    ruled = [one for one in told if b"\r\n\r\nToo large.\r\n" in one]
    assert len(ruled) == 2
    assert b'From: "Tim R" <tim@demo.test>\r\n' in ruled[0]
    assert b"\r\nSubject: No\r\n" in ruled[0]
    assert {record.envelope.reverse_path for record, _ in house.handed} == {""}
    assert len(held(house, TIM)) == 4


def test_a_rule_for_many_answers_from_another_address_here(house):
    action = {**RESPOND, "reply_address": EVE.address}
    house.book.rule(1, actions=[action])
    house.book.rule(2, of=TIM, actions=[action])
    house.send(TIM, body=b"Return-Path: <x>\r\nTo: <tim@demo.test>\r\n\r\nx\r\n")
    house.start()

    froms = sorted(one.split(b"\r\n")[1] for one in answers(house))

    assert froms == [
        b'From: "Tim R" <eve@demo.test>', b'From: "Tim R" <tim@demo.test>',
    ]  # fmt: skip


def test_the_text_of_a_file_answers_and_nothing_else_does(house, tmp_path, caplog):
    (tmp_path / "good").write_bytes(b"from the file\r\n")
    (tmp_path / "large").write_bytes(b"x" * 17_000)
    (tmp_path / "latin").write_bytes(b"\xe4")
    places = ["good", "large", "latin", "gone", "."]
    for number, name in enumerate(places, 1):
        path = str(tmp_path / name)
        house.book.rule(
            number, of=TIM, actions=[{"kind": "respond_file", "path": path}]
        )
    house.book.rule(9, of=TIM, actions=[{"kind": "respond_file", "path": "/dev/zero"}])
    house.send(TIM, body=b"Return-Path: <x>\r\nTo: <tim@demo.test>\r\n\r\nx\r\n")
    house.start()

    [answer] = answers(house)

    assert b"\r\n\r\nfrom the file\r\n" in answer
    assert caplog.text.count("a rule answers nobody") == 5
    assert len(held(house, TIM)) == 1


def test_a_note_tells_the_user_of_what_was_discarded(house):
    note = {"kind": "note", "text": "It went.\n", "name": "Rules"}
    house.book.rule(1, actions=[DISCARD, note])
    house.send(TIM, body=BODY.replace(b"\r\n\r\n", b"\r\nMessage-ID: <1@x>\r\n\r\n"))
    run(house)

    [letter] = held(house, TIM)
    assert letter.startswith(b'From: "Rules" <tim@demo.test>\r\nTo: <tim@demo.test>')
    assert b"\r\nSubject: rule 1\r\n" in letter
    assert b"\r\nIn-Reply-To: <1@x>\r\n" in letter
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in letter
    assert letter.endswith(b"\r\n\r\nIt went.\r\n")


# What goes wrong


def test_a_replay_after_a_crash_repeats_nothing(house, monkeypatch):
    note = {"kind": "note", "text": "It came.\n"}
    actions = [
        JUNK, forward(EVE.address, AWAY), note, RESPOND, {"kind": "discard_attachment"},
    ]  # fmt: skip
    house.book.rule(1, actions=actions)
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
    house.send(TIM, body=WITH_FILE)
    house.start()
    wait_for(lambda: house.filer.filed == 1)
    house.let_it_go_round()
    house.cut_power(monkeypatch)
    before = {record.envelope.origin for record, _ in house.handed_over()}
    junk = held(house, TIM, "Junk")

    filer = house.start()
    wait_for(lambda: filer.filed == 1)
    house.let_it_go_round()

    after = {record.envelope.origin for record, _ in house.handed_over()}
    assert len(before) == 2
    assert after == before
    assert held(house, TIM, "Junk") == junk
    assert len(junk) == len(held(house, TIM)) == 1
    assert len(held(house, EVE, "Junk")) == 1


def test_who_is_locked_gets_the_mail_where_the_rule_wanted_it(house, monkeypatch):
    """Through the queue and back; rules are not asked again."""
    monkeypatch.setattr("mailmax.filer.aside.LOCKED_S", 0.0)
    actions = [JUNK, store("Other"), {"kind": "discard_attachment"}]
    house.book.rule(1, of=TIM, actions=actions)
    stuck = Outcome(Uid(0), locked=True)
    with monkeypatch.context() as patch:
        patch.setattr(house.store, "deliver", lambda batch: [stuck for _ in batch])
        house.send(TIM, body=WITH_FILE)
        run(house)
    house.book.drop_rule(1)
    folders = [
        one.folder for each, _ in house.handed for one in each.envelope.recipients
    ]
    assert sorted(folders) == ["Junk", "Other"]

    for record, body in house.handed:
        house.give_back(record, body)
    wait_for(lambda: held(house, TIM, "Other"))

    assert held(house, TIM) == []
    for mailbox in ("Junk", "Other"):
        [bare] = held(house, TIM, mailbox)
        assert b"MZ-octets" not in bare


def test_ten_thousand_rules_are_asked_and_what_is_beyond_is_said(house, caplog):
    """TRUST J8: no list of rules holds mail up, and none of it is lost."""
    hostile = "*a" * 100 + "*b"
    house.book.rules(TIM, {
        **{n: subject(f"word {n}") for n in range(1, 9_000)},
        9_000: [{"kind": "attachment_name", "text": hostile}],
        9_001: subject("hello"),
        **{n: subject(f"word {n}") for n in range(9_002, 10_002)},
        10_002: subject("hello"),
    }, JUNK)  # fmt: skip
    house.send(TIM)
    house.send(EVE)
    run(house)

    assert (held(house, TIM), held(house, TIM, "Junk")) == ([], [BODY])
    assert held(house, EVE) == [BODY]
    assert "rules for tim@demo.test are given up at rule 10001" in caplog.text
    house.stop()
    assert [hit.rule_id for hit in house.book.hit] == [9_001]


def test_what_rules_ask_for_beyond_the_limits_is_said(house, caplog):
    for number in range(1, 23):
        note = {"kind": "note", "text": f"{number}\n", "name": "Rules"}
        house.book.rule(number, of=TIM, actions=[note])
    house.send(TIM)
    run(house)

    assert len(held(house, TIM)) == 21
    assert "tim@demo.test ask for more than one message may have: 2 left out" in (
        caplog.text
    )


def test_a_bug_in_rules_holds_no_mail_up(house, monkeypatch, caplog):
    def judge(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("mailmax.filer.ruling.evaluate", judge)
    house.book.rule(1, of=TIM, actions=[JUNK])
    house.promise(
        Recipient(TIM.address, TIM.user_id), Recipient(EVE.address, EVE.user_id)
    )
    run(house)

    assert (held(house, TIM), held(house, EVE)) == ([BODY], [BODY])
    assert "the rules for tim@demo.test end by a bug" in caplog.text


def test_reports_are_filed_by_rules_and_bring_no_mail_about(house):
    house.book.rule(1, of=EVE, actions=[store("Reports"), RESPOND])
    house.promise(Recipient("nobody@demo.test"), reverse_path=EVE.address)
    run(house)

    [report] = held(house, EVE, "Reports")
    assert b"Action: failed" in report
    assert house.handed == []


def test_a_monitor_sees_what_was_discarded(house):
    house.book.add_domain(msgspec.structs.replace(DOMAIN, monitor=EVE.user_id))
    house.book.rule(1, actions=[DISCARD])
    house.send(TIM)
    run(house)

    assert (held(house, TIM), held(house, EVE)) == ([], [BODY])


@pytest.mark.parametrize("is_clean", [True, False])
def test_few_changed_messages_are_in_memory_at_once(house, monkeypatch, is_clean):
    monkeypatch.setattr("mailmax.filer.service.MOST_CHANGED_OCTETS", 400)
    house.book.rule(1, of=TIM, actions=[{"kind": "discard_attachment"}])
    if not is_clean:
        house.start()
        house.cut_power(monkeypatch)
    for number in range(30):
        house.send(TIM, body=WITH_FILE.replace(b"there", b"%d" % number))
    batches = []
    deliver = house.store.deliver

    def seen(batch):
        batches.append(sum(one.message.size for one in batch))
        return deliver(batch)

    monkeypatch.setattr(house.store, "deliver", seen)
    run(house)

    found = held(house, TIM)
    assert [one.count(b"MZ-octets") for one in found] == [0] * 30
    assert [b"see %d\r\n" % number in one for number, one in enumerate(found)] == [
        True
    ] * 30
    assert max(batches) < 400 + len(WITH_FILE)


def test_changed_mail_for_who_is_locked_does_not_gather_in_memory(house, monkeypatch):
    monkeypatch.setattr("mailmax.filer.service.MOST_CHANGED_OCTETS", 400)
    monkeypatch.setattr("mailmax.filer.aside.LOCKED_S", 3600)
    house.book.rule(1, of=TIM, actions=[{"kind": "discard_attachment"}])
    locked = [Outcome(Uid(0), locked=True)]
    monkeypatch.setattr(house.store, "deliver", lambda batch: locked * len(batch))
    for _ in range(30):
        house.send(TIM, body=WITH_FILE)
    house.start()
    waiting = []
    wait_for(lambda: waiting.extend(house.handed_over()) or len(waiting) >= 29)
