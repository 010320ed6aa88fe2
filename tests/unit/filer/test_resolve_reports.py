"""Reports of QueueMax find their local senders."""

from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.filer.workflow import resolve
from mailmax.hub.contract import UserRow
from mailmax.store.spool.port import BodyRef, Record

TIM = UserRow(7, "tim@here.test", "tim~7")


def make_record(*recipients):
    envelope = Envelope("", recipients, 0)
    return Record(Origin(b"j" * 16, 1), envelope, BodyRef(b"", 0, 0))


def test_a_local_sender_gets_the_report():
    record = make_record(Recipient("Tim@here.test"), Recipient("a@x.test"))

    resolved = resolve(record, {"tim@here.test": TIM}.get)
    assert [r.user_id for r in resolved.envelope.recipients] == [7, 0]


def test_what_was_resolved_at_rcpt_stays():
    record = make_record(Recipient("tim@here.test", user_id=9), Recipient("a@x.test"))

    assert resolve(record, {"tim@here.test": TIM}.get) is record
