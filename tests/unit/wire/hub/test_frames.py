"""Frames: limits at L-1, L and L+1."""

import pytest

from mailmax.wire.hub.frames import (
    BROKEN,
    MEMBER_LIMIT_OCTETS,
    NEED_DATA,
    STRANGER_LIMIT_OCTETS,
    FrameReader,
    encode_frame,
)


@pytest.mark.parametrize("length", [STRANGER_LIMIT_OCTETS - 1, STRANGER_LIMIT_OCTETS])
def test_a_frame_up_to_the_limit_is_taken(length):
    reader = FrameReader()

    reader.receive(encode_frame(bytes(length)))

    assert bytes(length) == reader.next_frame()


def test_a_frame_above_the_limit_is_refused_before_it_is_stored():
    reader = FrameReader()

    reader.receive((STRANGER_LIMIT_OCTETS + 1).to_bytes(4, "big"))

    assert BROKEN is reader.next_frame()
    assert reader.is_broken


def test_an_empty_frame_breaks_the_conversation():
    reader = FrameReader()

    reader.receive(bytes(4))

    assert BROKEN is reader.next_frame()


def test_half_a_length_is_not_enough():
    reader = FrameReader()

    reader.receive(b"\0\0\0")

    assert NEED_DATA is reader.next_frame()


@pytest.mark.parametrize("length", [0, MEMBER_LIMIT_OCTETS + 1])
def test_what_the_peer_would_refuse_is_not_sent(length):
    with pytest.raises(ValueError, match="octets"):
        encode_frame(bytes(length))
