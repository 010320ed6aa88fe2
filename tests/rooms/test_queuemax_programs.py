"""Programs of rules in QueueMax between twins: run, put off, given up, killed."""

import pytest

from mailmax.base import asking
from mailmax.base.asking import Question
from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.hub.contract.queue import Selection
from mailmax.hub.contract.steering import SteerQueue
from mailmax.net.children.runner import Programs
from mailmax.policy.programs import Ended, NoAnswer
from mailmax.policy.retry import RetryLimits, Stage
from mailmax.store.spool.port import Entry
from waiting import until

pytestmark = pytest.mark.manual("8.1.8")

ORIGIN = Origin(b"smtpmax-journal-", 5)
TIM = Recipient("tim@here.test", 7)
EVE = Recipient("eve@here.test", 8)
HEAD = b"Return-Path: <ada@far.test>\r\n"
BODY = HEAD + b"Subject: hello\r\n\r\nworld\r\n"
SCAN, SLOW = "/usr/bin/scan %M", "/usr/bin/slow %M"
FILES = "/usr/bin/scan %F"
CRASHED = NoAnswer("crashed", "signal 11")


class Runs:
    """A computer on which programs say what the test says, when it says so."""

    def __init__(self) -> None:
        self.says: dict[str, object] = {}
        """By command; a `NoAnswer`, or whether the program removes all."""
        self.hanging: set[str] = set()
        self.ran: list[tuple[str, list[bytes]]] = []
        self.seconds: list[float] = []
        """How long each was allowed."""
        self.now = self.most = 0

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def run(self, program, files, limits):
        command = str(program)
        self.seconds.append(limits.wall_s)
        self.ran.append((command, [bytes(one.content) for one in files]))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await until(lambda: command not in self.hanging, 60)
        finally:
            self.now -= 1
        said = self.says.get(command, False)
        if isinstance(said, NoAnswer):
            return said
        return Ended(0, tuple(range(len(files))) if said else (), 0.1)


class Filer:
    """The filer as QueueMax sees it."""

    def __init__(self, office) -> None:
        self.office = office
        self.reader = office.spool.reader(("queuemax",))

    def ask(self, command, *recipients, number=5, can_wait=True, body=BODY):
        question = Question(command, can_wait)
        self._hand_over(
            asking.waiting(mail(), _origin(number), recipients or (TIM,), question),
            body,
        )

    def let_run(self, command, *recipients, body=BODY):
        envelope = asking.running(mail(), ORIGIN, recipients or (TIM,), command)
        self._hand_over(envelope, body)

    def _hand_over(self, envelope, body):
        self.office.filer.commit([Entry(envelope, chunks=(body,))])

    def found(self):
        records = self.reader.next()
        return [(one.envelope, bytes(self.reader.body(one.body))) for one in records]

    async def find(self, many=1):
        got = []
        await until(lambda: got.extend(self.found()) or len(got) >= many)
        return got


def _origin(number):
    return Origin(ORIGIN.journal, number)


def mail():
    return Envelope("ada@far.test", (TIM, EVE), 1, return_path_octets=len(HEAD))


@pytest.fixture
def runs(office):
    found = Runs()
    office.set(programs=found, retry=RetryLimits(0, retries=2, resends=0))
    return found


@pytest.fixture
def filer(office):
    return Filer(office)


@pytest.mark.parametrize(("removes", "said"), [(True, "true"), (False, "false")])
async def test_the_answer_goes_back_with_the_mail(office, runs, filer, removes, said):
    runs.says[SCAN] = removes
    await office.open()

    filer.ask(SCAN, TIM, EVE)

    ((envelope, body),) = await filer.find()
    assert body == BODY
    assert envelope.recipients == (TIM, EVE)
    assert (envelope.origin, envelope.step) == (ORIGIN, "program 1")
    assert asking.answer_to(envelope, SCAN) == said
    assert runs.ran == [(SCAN, [BODY])]
    await until(lambda: not office.targets())


async def test_a_test_of_files_gets_the_files_and_is_not_started_for_none(
    office, runs, filer
):
    parts = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi\r\n--x\r\n"
        b"Content-Disposition: attachment; filename=a.txt\r\n\r\nlook\r\n--x--\r\n"
    )
    runs.says[FILES] = True
    await office.open()

    filer.ask(FILES, number=1, body=HEAD + parts)
    ((with_file, _),) = await filer.find()
    filer.ask(FILES, number=2)
    ((without, _),) = await filer.find()

    assert asking.answer_to(with_file, FILES) == "true"
    assert asking.answer_to(without, FILES) == "false"
    assert runs.ran == [(FILES, [b"look"])]


async def test_a_failure_is_tried_again_and_given_up_in_the_end(office, runs, filer):
    """DECISIONS 28: by the retry table; then it goes on, and nobody is told."""
    runs.says[SCAN] = CRASHED
    await office.open()

    filer.ask(SCAN)

    ((envelope, body),) = await filer.find()
    assert asking.answer_to(envelope, SCAN) == "given_up"
    assert (body, len(runs.ran)) == (BODY, 3)
    await until(lambda: not office.targets())
    assert filer.found() == []


async def test_what_is_tried_again_says_why_it_waits(office, runs, filer):
    runs.says[SCAN] = CRASHED
    office.set(retry=RetryLimits(15, retries=2))
    await office.open()

    filer.ask(SCAN)

    await until(lambda: office.stage("tim@here.test") is Stage.RETRY)
    (row,) = office.hub.listed(limit=10).rows
    assert "gave no answer (crashed)" in row.last_reply
    assert filer.found() == []


async def test_a_program_that_heals_answers_at_the_next_try(office, runs, filer):
    runs.says[SCAN] = CRASHED
    runs.hanging.add(SCAN)
    await office.open()
    filer.ask(SCAN)
    await until(lambda: runs.now == 1)

    runs.hanging.clear()
    await until(lambda: len(runs.ran) == 2)
    runs.says[SCAN] = True

    ((envelope, _),) = await filer.find()
    assert asking.answer_to(envelope, SCAN) in {"true", "given_up"}


async def test_a_failure_that_counts_is_not_tried_again(office, runs, filer):
    runs.says[SCAN] = CRASHED
    await office.open()

    filer.ask(SCAN, can_wait=False)

    ((envelope, _),) = await filer.find()
    assert asking.answer_to(envelope, SCAN) == "failed"
    assert len(runs.ran) == 1


async def test_twenty_that_wait_for_one_that_hangs_leave_a_place(office, runs, filer):
    runs.hanging.add(SLOW)
    await office.open()
    for number in range(20):
        filer.ask(SLOW, number=number)
    await until(lambda: len(office.service._programs._tasks) == 20)

    filer.ask(SCAN, number=20)
    ((envelope, _),) = await filer.find()
    assert asking.answer_to(envelope, SCAN) == "false"
    runs.hanging.clear()
    back = await filer.find(20)

    assert {one.origin.number for one, _ in back} == set(range(20))
    assert runs.most == 4


async def test_a_time_limit_acts_from_the_next_start_on(office, runs, filer):
    await office.open()
    for number, seconds in enumerate((60, 7, 600)):
        office.hub.change(program_timeout_s=seconds)
        filer.ask(SCAN, number=number)
        await filer.find()

    assert runs.seconds == [60, 7, 600]


@pytest.mark.parametrize("deed", ["delete", "hold"])
async def test_what_waits_for_its_turn_obeys_at_once(office, runs, filer, deed):
    """Nothing is started for mail that nobody wants any more."""
    runs.hanging.add(SLOW)
    await office.open()
    for number in range(5):
        filer.ask(SLOW, TIM, number=number)
    filer.ask(SLOW, EVE, number=5)
    await until(lambda: len(office.service._programs._tasks) == 6)
    await until(lambda: runs.now == 3)

    order = SteerQueue(deed, Selection(recipient=TIM.address), "ann@here")
    done = await office.hub.handlers[SteerQueue](order)
    runs.hanging.clear()
    came = await filer.find(4)

    assert (done.recipients, done.later) == (5, 3)
    await until(lambda: not office.service._programs._tasks)
    assert len(runs.ran) == 4
    assert EVE in {one for envelope, _ in came for one in envelope.recipients}


@pytest.mark.manual("8.2.6")
@pytest.mark.parametrize("said", [True, CRASHED])
async def test_one_that_is_merely_run_never_comes_back(office, runs, filer, said):
    runs.says[FILES] = said
    await office.open()

    filer.let_run(FILES, TIM, EVE)

    await until(lambda: runs.ran and not office.targets())
    assert len(runs.ran) == (1 if said is True else 3)
    assert filer.found() == []


@pytest.mark.parametrize("is_kept", [True, False])
async def test_a_kill_while_it_runs_lets_it_run_again(office, runs, filer, is_kept):
    runs.hanging.add(SCAN)
    await office.open()
    filer.ask(SCAN)
    await until(lambda: runs.now == 1)
    if is_kept:
        assert await office.service.checkpoint()
    await office.kill()
    assert runs.now == 0
    assert filer.found() == []

    runs.hanging.clear()
    await office.open()

    ((envelope, body),) = await filer.find()
    assert (body, asking.answer_to(envelope, SCAN)) == (BODY, "false")
    assert len(runs.ran) == 2


async def test_the_same_round_again_is_known(office, runs, filer):
    runs.hanging.add(SCAN)
    await office.open()
    filer.ask(SCAN)
    filer.ask(SCAN)
    filer.ask(SCAN, EVE)
    await until(lambda: "eve@here.test" in office.targets())

    assert office.hub.listed(limit=10).total == 2


async def test_a_damaged_message_is_reported(office, runs, filer):
    runs.says[SCAN] = CRASHED
    office.set(retry=RetryLimits(15))
    await office.open()
    filer.ask(SCAN)
    await until(lambda: office.stage("tim@here.test") is Stage.RETRY)
    place = next(iter(office.spool.bodies))
    office.spool.bodies[place] = BODY.replace(b"world", b"WORLD")
    office.service._dispatch.try_soon(
        [(one, one.targets) for one in office.service._checkpoints.in_journal.values()]
    )

    ((envelope, body),) = await filer.find()

    assert envelope.recipients == (Recipient("ada@far.test", notify="NEVER"),)
    assert b"Status: 5.3.0" in body


async def test_a_real_program_looks_at_it(office, filer, tmp_path):
    command = '/bin/sh -c "grep -l world %M | xargs -r rm"'
    office.set(programs=Programs(tmp_path / "working"))
    await office.open()

    filer.ask(command)

    ((envelope, _),) = await filer.find()
    assert asking.answer_to(envelope, command) == "true"
    await until(lambda: not list((tmp_path / "working").glob("*")))
