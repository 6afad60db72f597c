"""A request on its way in, gathered without waiting for its peer until a thread can answer it."""

import re
from typing import Any

from gunicorn.http import get_parser
from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import ParseException

MOST_HEAD_BYTES = 420 * 1024  # a little more than gunicorn takes, so that it is the one to say what is too long
MOST_BODY_BYTES = 160 * 1024  # what TradingView can send: 40,960 characters of up to four bytes
MOST_CHUNKED_BYTES = 2 * MOST_BODY_BYTES  # with the chunks' own framing

_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?", re.DOTALL)


class _Begun:
    """A parser that has read its request, which the next to ask is given."""

    def __init__(self, parser: Any, request: Any) -> None:
        self._requests, self.finish_body = iter([request]), parser.finish_body

    def __next__(self) -> Any:
        return next(self._requests)


class Arriving:
    """One request. gunicorn's parser says how long it is, and reads it once it is whole, so that the two cannot differ.

    What that parser refuses, and what is longer than any alert, is at once for a thread to refuse.
    """

    def __init__(self, settings: Any, peer: Any) -> None:
        self._settings, self._peer = settings, peer
        self._bytes = bytearray()
        self._body_at: int | None = None
        self._end: int | None = None
        self._chunk_at: int | None = None  # where the next chunk's size stands, for a body in chunks
        self._refused = False
        self._begun: Any = None
        self.asks_to_continue = False

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def cut(self) -> bool:
        """Whether it has not come to its end: then what follows on the connection is not another request."""
        return self._end is None or len(self._bytes) < self._end

    def add(self, data: bytes) -> bool:
        """Whether a thread can answer it now."""
        self._bytes += data
        if self._body_at is None:
            self._read_head(len(self._bytes) - len(data))
        if self._chunk_at is not None:
            self._read_chunks(self._chunk_at)
        return self._refused or not self.cut

    def parser(self) -> Any:
        """gunicorn's parser of what has come. It meets an end there, and never waits for the peer."""
        return self._begun or self._new_parser()

    def _new_parser(self) -> Any:
        whole = bytes(self._bytes[: self._end])
        return get_parser(self._settings, (whole[at : at + 8192] for at in range(0, len(whole), 8192)), self._peer)

    def rest(self) -> bytes:
        """What the peer has sent beyond the end, without waiting for its answer: its next request."""
        return b"" if self.cut else bytes(self._bytes[self._end :])

    def _read_head(self, known: int) -> None:
        blank = self._bytes.find(b"\r\n\r\n", max(0, known - 3))
        if blank < 0:
            self._refused = len(self._bytes) > MOST_HEAD_BYTES
            return
        self._body_at = blank + 4
        try:
            parser = self._new_parser()
            request = next(parser)
        except ParseException:
            self._refused = True
            return
        self.asks_to_continue = request._expected_100_continue
        if isinstance(request.body.reader, ChunkedReader):
            self._chunk_at = self._body_at
        else:
            self._end = self._body_at + request.body.reader.length
            self._begun = None if self.cut else _Begun(parser, request)
            self._refused = request.body.reader.length > MOST_BODY_BYTES

    def _read_chunks(self, at: int) -> None:
        """Step from chunk to chunk: a size in hexadecimal, a line's end, so many bytes, a line's end."""
        while self._end is None and (line_end := self._bytes.find(b"\r\n", at)) >= 0:
            size = _CHUNK_SIZE.fullmatch(self._bytes, at, line_end)
            if size is None:
                self._refused = True
                break
            if int(size[1], 16):
                at = line_end + 2 + int(size[1], 16) + 2
            elif (blank := self._bytes.find(b"\r\n\r\n", line_end)) >= 0:
                self._end = blank + 4
            else:
                break
        self._chunk_at = at
        self._refused |= len(self._bytes) - (self._body_at or 0) > MOST_CHUNKED_BYTES
