"""Live messages as server-sent events: each is serialised once, the same bytes go to every stream."""

import json
from collections import OrderedDict
from collections.abc import Sequence

from callcenter.domain.live import LiveMessage

KEPT_FRAMES = 512


class Frames:
    """The bytes of recent messages."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._chunk_of: tuple[int, ...] = ()
        self._chunk = b""

    def of(self, message: LiveMessage) -> bytes:
        """The message as one server-sent event."""
        frame = self._kept.get(message.id)
        if frame is None:
            frame = encode(message)
            self._kept[message.id] = frame
            if len(self._kept) > KEPT_FRAMES:
                self._kept.popitem(last=False)
        return frame

    def chunk_of(self, messages: Sequence[LiveMessage]) -> bytes:
        """The messages as one chunk of a chunked answer (RFC 9112, 7.1); made once for all streams told of them."""
        ids = tuple([message.id for message in messages])
        if ids != self._chunk_of:
            body = b"".join([self.of(message) for message in messages])
            self._chunk_of, self._chunk = ids, b"%x\r\n%b\r\n" % (len(body), body)
        return self._chunk


def encode(message: LiveMessage) -> bytes:
    """One server-sent event; JSON has no raw line ends, so it is one `data` line."""
    body = {
        **message.payload,
        "at": message.at.isoformat(),
        "event_at": None if message.event_at is None else message.event_at.isoformat(),
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"id: {message.id}\nevent: {message.kind.value}\ndata: {text}\n\n".encode()
