"""Each request and notice of the contract has one desk that answers it."""

from typing import get_args

import pytest

from mailmax.datamax.service import DataMax
from mailmax.datamax.wiring.handlers import for_anybody, together
from mailmax.hub.codec import ToHub
from mailmax.hub.contract.joining import Hello, Proof
from mailmax.hub.contract.tables import Ack, Subscribe


def test_no_desk_takes_what_another_answers():
    one, other = {Ack: print, Subscribe: print}, {Ack: repr}

    with pytest.raises(ValueError, match="two desks answer Ack"):
        together(one, other)
    with pytest.raises(ValueError, match="two desks answer Ack"):
        for_anybody(one, other)


async def test_all_that_may_be_said_is_answered_and_nothing_else(house):
    hub = DataMax(house.plan(), house.broken.append)

    said = {*get_args(ToHub)} - {Hello, Proof}  # those the doorkeeper hears

    assert hub._answers.keys() == said
