"""How the filer and QueueMax speak of mail whose rules want a program."""

import pytest

from mailmax.base import asking
from mailmax.base.again import tries_of
from mailmax.base.asking import Question
from mailmax.base.envelope import Envelope, Origin, Recipient, Wishes
from mailmax.base.homeward import rounds_of

ORIGIN = Origin(b"smtpmax-journal-", 5)
TIM = Recipient("tim@here.test", 7, notify="SUCCESS")
SCAN, COUNT = "/bin/scan %M", "/bin/count %F"
MAIL = Envelope("ada@far.test", (TIM,), 1, facts={"spf": "pass"})


@pytest.mark.parametrize("step", ["", "homeward 2"])
def test_rounds_are_counted_and_the_step_before_comes_back(step):
    envelope = Envelope("ada@far.test", (TIM,), 1, step=step, facts={"spf": "pass"})

    first = asking.waiting(envelope, ORIGIN, (TIM,), Question(SCAN, can_wait=True))
    back = asking.answered(first, "false")
    second = asking.waiting(back, ORIGIN, (TIM,), Question(COUNT, can_wait=False))
    last = asking.answered(second, "failed")

    assert asking.is_first(envelope)
    assert [asking.round_of(one.step) for one in (first, second)] == [1, 2]
    assert asking.question_of(second) == Question(COUNT, can_wait=False)
    assert first.origin == ORIGIN
    assert asking.answer_to(first, SCAN) is None
    assert asking.answer_to(last, SCAN) == "false"
    assert asking.answer_to(last, COUNT) == "failed"
    assert asking.without_program(last) == Envelope(
        "ada@far.test", (TIM,), 1, step=step, facts={"spf": "pass"}, origin=ORIGIN
    )


def test_a_program_that_is_merely_run_concerns_no_sender():
    mail = Envelope("ada@far.test", (TIM,), 1, wishes=Wishes(deliver_by_ms=1))

    run = asking.running(mail, ORIGIN, (TIM,), SCAN)

    assert asking.is_run(run.step)
    assert asking.concerns_program(run.step)
    assert (run.reverse_path, run.wishes) == ("", None)
    assert run.recipients == (Recipient("tim@here.test", 7, notify="NEVER"),)
    assert asking.question_of(run) == Question(SCAN, can_wait=True)


@pytest.mark.parametrize(
    "step",
    ["", "again 1", "homeward 1", "program", "program x", "program 1000"],
)
def test_other_steps_are_no_business_of_programs(step):
    assert not asking.concerns_program(step)
    assert asking.without_program(Envelope("", (), 1, step=step)).step == step


def test_its_steps_are_no_business_of_others():
    waiting = asking.waiting(MAIL, ORIGIN, (TIM,), Question(SCAN, can_wait=True))

    assert (tries_of(waiting.step), rounds_of(waiting.step)) == (0, 0)
