"""Questions on their way to a service, and how long they may take."""

import asyncio
from types import SimpleNamespace

import pytest

from mailmax.base.errors import TemporaryFailure
from mailmax.datamax import relay
from mailmax.datamax.relay import Relays
from mailmax.datamax.rule_desk import RuleDesk
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.relayed import RelayedAnswer
from mailmax.hub.contract.rules import PROGRAMS_S, Sample, TryRule

SAID = Denied("not_found", "", "said late", "")


class Late:
    """A service that answers after a time."""

    def __init__(self, relays: Relays, after_s: float) -> None:
        self.relays, self.after_s = relays, after_s

    def tell(self, notice) -> None:
        answer = RelayedAnswer(notice.relay_id, SAID)
        loop = asyncio.get_running_loop()
        loop.call_later(self.after_s, self.relays.answered, answer)


async def test_a_question_that_takes_its_time_is_waited_for(monkeypatch):
    monkeypatch.setattr(relay, "PATIENCE_S", 0.02)
    relays = Relays()
    late = Late(relays, 0.1)

    with pytest.raises(TemporaryFailure):
        await relays.ask(late, Sample("{}"))
    assert await relays.ask(late, Sample("{}"), 30.0) == SAID


@pytest.mark.parametrize("runs", [False, True])
async def test_the_programs_of_a_rule_that_is_tried_have_their_minute(runs):
    """It was given up after ten seconds, as everything else."""
    asked = []

    async def pass_on(role, name, request, *, takes_s):
        asked.append((role, takes_s))
        return SAID

    async def read(unit, request):
        return Sample("{}", runs_programs=request.runs_programs)

    desk = RuleDesk(
        SimpleNamespace(read=read), SimpleNamespace(carry_out=None), pass_on
    )
    await desk.answers()[TryRule](TryRule(runs_programs=runs))

    assert asked == [("filer", PROGRAMS_S if runs else 0.0)]
