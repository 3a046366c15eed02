"""Frames that are made once for all viewers."""

from __future__ import annotations

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from apps.gateway.live.viewer_protocol import framed


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_client_reads_the_very_message_out_of_its_frame(size: int) -> None:
    message = bytes(range(256)) * (size // 256) + bytes(size % 256)
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN)
    client.receive_data(framed(message))
    assert client.events_received() == [Frame(Opcode.BINARY, message)]
