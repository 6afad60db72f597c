"""When a request has come whole, however its bytes are cut up."""

import pytest
from gunicorn.config import Config
from gunicorn.http import errors

from executor.web.arriving import MOST_BODY_BYTES, MOST_CHUNKED_BYTES, MOST_HEAD_BYTES, Arriving
from executor.web.serving import SETTINGS

HEAD = b"POST /hook/tradingview HTTP/1.1\r\nHost: executor\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def begin():
    settings = Config()
    settings.set("limit_request_fields", SETTINGS["limit_request_fields"])
    return Arriving(settings, ("127.0.0.1", 4711))


def body_of(arriving):
    return next(arriving.parser()).body.read()


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 64, 4096])
@pytest.mark.parametrize(
    ("request_bytes", "body"),
    [
        (HEAD + b"\r\n", b""),
        (HEAD + b"Content-Length: 0\r\n\r\n", b""),
        (HEAD + b"Content-Length: 11\r\n\r\nmarket=long", b"market=long"),
        (HEAD + b"Content-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n", b"\r\n\r\n\r\n\r\n"),
        (CHUNKED + b"6\r\nmarket\r\n5\r\n=long\r\n0\r\n\r\n", b"market=long"),
        (CHUNKED + b"B;name=value\r\nmarket=long\r\n0\r\n\r\n", b"market=long"),
        (CHUNKED + b"b\r\nmarket=long\r\n0\r\nSeen: today\r\n\r\n", b"market=long"),
        (CHUNKED + b"7\r\n0\r\n\r\nab\r\n0\r\n\r\n", b"0\r\n\r\nab"),
    ],
)
def test_a_request_is_whole_with_its_last_byte_and_not_before(request_bytes, body, cut):
    arriving = begin()
    pieces = [request_bytes[:-1][at : at + cut] for at in range(0, len(request_bytes) - 1, cut)]
    assert not any([arriving.add(piece) for piece in pieces])  # noqa: C419 - each piece is to be added
    assert arriving.add(request_bytes[-1:])
    assert body_of(arriving) == body
    assert not arriving.cut
    assert arriving.rest() == b""


@pytest.mark.parametrize("request_bytes", [HEAD + b"Content-Length: 2\r\n\r\nok", CHUNKED + b"2\r\nok\r\n0\r\n\r\n"])
def test_what_follows_a_request_is_the_next(request_bytes):
    arriving = begin()
    assert arriving.add(request_bytes + b"POST /hook")
    assert arriving.rest() == b"POST /hook"
    assert body_of(arriving) == b"ok"


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", errors.InvalidHeader),
        (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", errors.InvalidHeader),
        (HEAD + b"Content-Length: -5\r\n\r\n", errors.InvalidHeader),
        (HEAD + b"Content-Length : 5\r\n\r\n", errors.InvalidHeaderName),
        (HEAD + b"Note: " + b"x" * MOST_HEAD_BYTES, errors.LimitRequestHeaders),
        (b"POST /" + b"x" * MOST_HEAD_BYTES, errors.LimitRequestLine),
        (b"nonsense\r\n\r\n", errors.InvalidRequestLine),
        (CHUNKED + b"-5\r\nmarket", errors.InvalidChunkSize),
        (CHUNKED + b"0x5\r\nmarket", errors.InvalidChunkSize),
        (CHUNKED + b"\r\n\r\n", errors.InvalidChunkSize),
    ],
)
def test_what_gunicorn_refuses_is_left_for_it_to_refuse_without_waiting(refused, error):
    arriving = begin()
    assert arriving.add(refused)
    assert arriving.cut
    with pytest.raises(error):
        body_of(arriving)


@pytest.mark.parametrize(
    "too_long",
    [
        HEAD + f"Content-Length: {MOST_BODY_BYTES + 1}\r\n\r\n".encode(),
        CHUNKED + b"fffffff\r\n" + b"x" * MOST_CHUNKED_BYTES,
        CHUNKED + b"1\r\nx\r\n" * (MOST_CHUNKED_BYTES // 6 + 1),
        CHUNKED + b"1;" + b"x" * MOST_CHUNKED_BYTES,
    ],
)
def test_what_is_longer_than_any_alert_is_not_waited_for(too_long):
    arriving = begin()
    assert arriving.add(too_long)
    assert arriving.cut
