"""Frames of the hub: however they are cut, the same messages come out."""

from hypothesis import given
from hypothesis import strategies as st

from mailmax.wire.hub.frames import (
    BROKEN,
    NEED_DATA,
    FrameReader,
    Nothing,
    encode_frame,
)

payloads = st.lists(st.binary(min_size=1, max_size=300), max_size=20)


def drain(reader: FrameReader) -> list[bytes]:
    frames = []
    while not isinstance(frame := reader.next_frame(), Nothing):
        frames.append(frame)
    return frames


@given(payloads, st.data())
def test_the_same_frames_come_out_however_they_are_cut(sent, data):
    octets = b"".join(encode_frame(one) for one in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=10)))
    reader = FrameReader()

    got = []
    for begin, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
        reader.receive(octets[begin:end])
        got += drain(reader)

    assert got == sent
    assert reader.next_frame() is NEED_DATA


@given(st.binary(max_size=2000), st.integers(1, 500))
def test_random_octets_never_raise_and_a_broken_reader_stays_so(octets, limit):
    reader = FrameReader(limit)
    reader.receive(octets)

    frames = drain(reader)

    assert all(0 < len(frame) <= limit for frame in frames)
    if reader.is_broken:
        reader.receive(encode_frame(b"x"))
        assert reader.next_frame() is BROKEN
