"""Reads a request's body whole. One that cannot be read is refused before its sender is authenticated."""

from typing import TYPE_CHECKING, NoReturn

from flask import Request, abort

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MOST_BODY_BYTES = 160 * 1024  # what TradingView can send: 40,960 characters of up to four bytes
GARBLED = "the body ended too early, or its chunks are garbled; send the whole alert"
_SAME_AS_UTF_8 = ("", "utf-8", "utf8", "us-ascii")


def read_body(request: Request) -> bytes:
    """At most MOST_BODY_BYTES. Raises werkzeug's HTTPException with 400, 413 or 415.

    The server's own errors for a garbled body pass through: executor/server answers them.
    """
    environ = request.environ
    _refuse_codings(environ)
    announced = int(environ.get("CONTENT_LENGTH") or 0)  # the server has checked that it is a number
    if announced > MOST_BODY_BYTES:
        _too_long()
    try:
        body: bytes = environ["wsgi.input"].read(MOST_BODY_BYTES + 1)
    except (OSError, ValueError):
        _garbled()
    if len(body) > MOST_BODY_BYTES:
        _too_long()
    if len(body) < announced:
        _garbled()
    if not body.isascii() and request.mimetype_params.get("charset", "").lower() not in _SAME_AS_UTF_8:
        abort(415, "the body is declared to be in another charset than UTF-8; send it in UTF-8")
    return body


def _refuse_codings(environ: "WSGIEnvironment") -> None:
    """Nothing is ever decompressed, so that a small body stays small."""
    if environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        abort(415, "the body is compressed (Content-Encoding); send it as it is")
    if environ.get("HTTP_TRANSFER_ENCODING", "chunked").strip(" \t").lower() != "chunked":
        abort(400, "of all transfer codings, only chunked is taken; send the body with a Content-Length")


def _garbled() -> NoReturn:
    abort(400, GARBLED)


def _too_long() -> NoReturn:
    abort(413, f"the body has more than {MOST_BODY_BYTES:,} bytes; send a shorter alert")
