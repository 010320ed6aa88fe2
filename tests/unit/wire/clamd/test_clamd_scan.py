"""The stream to clamd and its answer: frames, and what counts as one (TRUST J10)."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.wire.clamd.client import FRAME_OCTETS, ScanMachine
from mailmax.wire.clamd.reply import LONGEST_OCTETS, Answer, Outcome, parse_reply
from mailmax.wire.machine import CLOSED, NEED_DATA, LocalProtocolError


def said(answer: bytes, *, asked: bool = True) -> Answer:
    return parse_reply(answer, asked=asked)


def test_the_three_forms_of_an_answer() -> None:
    assert said(b"stream: OK\0") == (Outcome.CLEAN, "")
    assert said(b"stream: Eicar-Test FOUND\0") == (Outcome.FOUND, "Eicar-Test")
    assert said(b"stream: Out of memory ERROR\0") == (
        Outcome.TROUBLE,
        "clamd says: Out of memory",
    )


def test_limits_of_clamd_are_neither_clean_nor_a_virus() -> None:
    for answer in (
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND\0",
    ):
        assert said(answer).outcome is Outcome.UNSCANNED
        assert said(answer, asked=False).outcome is not Outcome.CLEAN


def test_a_judgement_before_the_end_is_none() -> None:
    for answer in (b"stream: OK\0", b"stream: X FOUND\0"):
        assert said(answer, asked=False).outcome is Outcome.TROUBLE


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_nothing_in_front_or_behind_makes_an_answer(before, behind) -> None:
    for answer in (b"stream: OK\0", b"stream: X FOUND\0"):
        found = said(before + answer + behind)
        if before or behind:
            assert found.outcome in (Outcome.TROUBLE, Outcome.FOUND)
            # A name may have begun in front; then it is still one answer, alone.
            assert found.outcome is Outcome.TROUBLE or not behind


@given(st.binary(max_size=300))
def test_words_are_one_printable_line(octets) -> None:
    for answer in (octets, b"stream: " + octets + b" FOUND\0", octets + b" ERROR\0"):
        words = said(answer).words
        assert words.isprintable()
        assert words.isascii()


@given(st.lists(st.binary(max_size=5_000)), st.binary(max_size=200), st.data())
def test_frames_hold_what_was_sent_however_it_is_cut(pieces, answer, data) -> None:
    machine = ScanMachine()
    for piece in pieces:
        machine.send(piece)
    machine.end()
    assert unframed(machine.take_output()) == b"".join(pieces)

    place = data.draw(st.integers(0, len(answer)))
    for part in (answer[:place], answer[place:]):
        machine.receive(part)
        assert machine.next_event() is NEED_DATA
    machine.receive_eof()
    assert machine.next_event() == said(answer)
    assert machine.next_event() is CLOSED


def unframed(octets: bytes) -> bytes:
    assert octets.startswith(b"zINSTREAM\0")
    assert octets.endswith(b"\0\0\0\0")
    position, found = 10, []
    while length := struct.unpack_from("!I", octets, position)[0]:
        assert length <= FRAME_OCTETS
        position += 4 + length
        found.append(octets[position - length : position])
    assert position + 4 == len(octets)
    return b"".join(found)


def test_large_pieces_are_cut_into_frames() -> None:
    machine = ScanMachine()
    machine.send(b"x" * (2 * FRAME_OCTETS + 1))
    machine.end()

    assert len(unframed(machine.take_output())) == 2 * FRAME_OCTETS + 1


def test_of_an_endless_answer_little_is_kept() -> None:
    machine = ScanMachine()
    machine.end()
    for _ in range(10):
        machine.receive(b"A" * LONGEST_OCTETS)

    assert machine.next_event().outcome is Outcome.TROUBLE
    machine.receive(b"stream: OK\0")
    assert machine.next_event() is CLOSED


@pytest.mark.parametrize("octets", [0, 1, LONGEST_OCTETS])
def test_a_hang_up_is_no_answer(octets) -> None:
    machine = ScanMachine()
    machine.end()
    machine.receive(b"A" * octets)
    machine.receive_eof()

    assert machine.next_event().outcome is Outcome.TROUBLE


def test_nothing_is_sent_behind_the_end() -> None:
    machine = ScanMachine()
    machine.end()
    machine.end()
    with pytest.raises(LocalProtocolError):
        machine.send(b"x")
    with pytest.raises(LocalProtocolError):
        machine.tls_started()
    assert machine.take_output() == b"zINSTREAM\0\0\0\0\0"
