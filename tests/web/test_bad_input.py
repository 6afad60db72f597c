"""Bad input over a real socket: each is refused within a second, and the next good alert is taken."""

import gzip
import json

import pytest

from tests.web.wire import chunked, chunks, http, say

CLOSED = None  # no answer: what came is not HTTP
UNPROVEN = (401, 429)  # the one becomes the other where there are too many


def at(path, method="POST", version="HTTP/1.1"):
    return lambda alert: http(alert, line=f"{method} {path} {version}")


def proven(body, *headers):
    """A body from a sender that the path proves, so that it is looked into."""
    return http(body, *headers, line="POST /hook/tradingview/@secret HTTP/1.1")


def fields(**more):
    """The good alert with these fields as well."""
    return lambda alert: proven(json.dumps(json.loads(alert) | more).encode())


def keys(number):
    return b"{" + b",".join(b'"%x":1' % n for n in range(number)) + b"}"


def raw_field(value):
    """The good alert with a value that json would not write."""
    return lambda alert: proven(alert.replace(b"{", b'{"a": ' + value + b", ", 1))


#   what is sent, given a good alert's body → the status that comes back
ROWS = {
    # Framing: where a body ends must never be a matter of opinion.
    "a Content-Length and chunks": (lambda a: http(chunks(a), "Transfer-Encoding: chunked"), 400),
    "chunks that hide another request": (
        lambda a: http(b"0\r\n\r\n" + http(a), "Transfer-Encoding: chunked"),
        400,
    ),
    "a Content-Length and identity": (lambda a: http(a, "Transfer-Encoding: identity"), 400),
    "chunked, under another name": (lambda a: http(chunks(a), "Transfer-Encoding: xchunked", length=False), 400),
    "chunked behind a vertical tab": (lambda a: http(chunks(a), "Transfer-Encoding: \vchunked", length=False), 400),
    "chunked twice": (lambda a: chunked(chunks(a), "Transfer-Encoding: chunked"), 400),
    "chunked before a space": (lambda a: http(chunks(a), "Transfer-Encoding : chunked", length=False), 400),
    "compressed, then chunked": (lambda a: http(chunks(a), "Transfer-Encoding: gzip, chunked", length=False), 400),
    "chunks under HTTP/1.0": (lambda a: chunked(chunks(a), line="POST /hook/tradingview HTTP/1.0"), 400),
    "two equal lengths": (lambda a: http(a, f"Content-Length: {len(a)}"), 400),
    "two lengths": (lambda a: http(a, "Content-Length: 3"), 400),
    "lengths in one header": (lambda a: http(a, f"Content-Length: {len(a)}, {len(a)}", length=False), 400),
    "a signed length": (lambda a: http(a, f"Content-Length: +{len(a)}", length=False), 400),
    "a negative length": (lambda a: http(a, "Content-Length: -1", length=False), 400),
    "a hexadecimal length": (lambda a: http(a, f"Content-Length: {len(a):#x}", length=False), 400),
    "a length with an underscore": (lambda a: http(a, "Content-Length: 1_0", length=False), 400),
    "no length": (lambda a: http(a, "Content-Length:", length=False), 400),
    "a length of 5,000 digits": (lambda a: http(a, f"Content-Length: {'9' * 5000}", length=False), 400),
    "a length beyond any body": (lambda a: http(a, f"Content-Length: {'9' * 30}", length=False), 413),
    "a body that ends too early": (lambda a: http(a, f"Content-Length: {len(a) + 1}", length=False), 400),
    "a body without any length": (lambda a: http(a, length=False), UNPROVEN),
    "a chunk's size that is none": (lambda a: chunked(b"zz\r\n" + a + b"\r\n0\r\n\r\n"), 400),
    "a chunk's negative size": (lambda a: chunked(b"-3\r\nabc\r\n0\r\n\r\n"), 400),
    "a chunk's size as 0x": (lambda a: chunked(b"0x3\r\nabc\r\n0\r\n\r\n"), 400),
    "a chunk's size beyond any": (lambda a: chunked(b"f" * 40 + b"\r\n" + a), 400),
    "a chunk's size without an end": (lambda a: chunked(b"0" * 500_000), 400),
    "a chunk's extension without an end": (lambda a: chunked(b"3;" + b"a" * 500_000), 400),
    "a chunk longer than said": (lambda a: chunked(b"3\r\nabcXX\r\n0\r\n\r\n"), 400),
    "a chunk that ends too early": (lambda a: chunked(b"ff\r\n" + a[:9]), 400),
    "chunks that do not end": (lambda a: chunked(chunks(a, end=b"")), 400),
    "chunks with a garbled trailer": (lambda a: chunked(chunks(a, end=b"0\r\nA b\r\n\r\n")), 400),
    "chunks with bare line feeds": (lambda a: chunked(chunks(a).replace(b"\r\n", b"\n")), 400),
    # Headers.
    "bare line feeds": (lambda a: http(a).replace(b"\r\n", b"\n"), 400),
    "a bare line feed in a header": (lambda a: http(a, "A: b\nC: d"), 400),
    "a bare carriage return in a header": (lambda a: http(a, "A: b\rContent-Length: 0"), 400),
    "a folded header": (lambda a: http(a, "A: b\r\n c"), 400),
    "a folded length": (lambda a: http(a, f"Content-Length:\r\n {len(a)}", length=False), 400),
    "NUL in a header": (lambda a: http(a, "A: b\0c"), 400),
    "NUL in a header's name": (lambda a: http(a, "A\0B: c"), 400),
    "a space in a header's name": (lambda a: http(a, "A B: c"), 400),
    "a header without a name": (lambda a: http(a, ": c"), 400),
    "a header without a colon": (lambda a: http(a, "nonsense"), 400),
    "a header's name beyond ASCII": (lambda a: http(a, "\xdc: c"), 400),
    "a thousand headers": (lambda a: http(a, *(f"A-{n}: b" for n in range(1000))), 431),
    "a header of 100 KB": (lambda a: http(a, "A: " + "b" * 100_000), 431),
    "a header without an end": (lambda a: b"POST / HTTP/1.1\r\nA: " + b"b" * 2_000_000, 431),
    "another expectation": (lambda a: http(a, "Expect: 200-ok"), 417),
    "a bearer that is no text": (lambda a: http(b"{}", "Authorization: Bearer \xff\xfe"), UNPROVEN),
    "two bearers": (lambda a: http(b"{}", "Authorization: Bearer a", "Authorization: Bearer b"), UNPROVEN),
    # Not HTTP/1.
    "HTTP/0.9": (lambda a: b"GET /health/live\r\n", 400),
    "HTTP/2": (lambda a: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 400),
    "HTTP/3.0": (at("/hook/tradingview", version="HTTP/3.0"), 400),
    "http/1.1": (at("/hook/tradingview", version="http/1.1"), 400),
    "TLS": (lambda a: bytes.fromhex("16030100a5010000a10303") + bytes(150), CLOSED),
    "SSH": (lambda a: b"SSH-2.0-OpenSSH_9.6\r\n", 400),
    "a proxy's greeting": (lambda a: b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n" + http(a), 400),
    "only NULs": (lambda a: bytes(1000), CLOSED),
    "only line breaks": (lambda a: b"\r\n" * 1000, 400),
    "nothing": (lambda a: b"", CLOSED),
    # Methods.
    **{
        f"{method} on the hook": (at("/hook/tradingview", method), 405)
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")
    },
    "CONNECT": (lambda a: http(b"", line="CONNECT example.com:443 HTTP/1.1"), 404),
    "a method in small letters": (at("/hook/tradingview", "post"), 400),
    "a method of 100 KB": (at("/", "A" * 100_000), 414),
    "a method in disguise": (
        lambda a: http(a, "X-HTTP-Method-Override: POST", line="GET /hook/tradingview HTTP/1.1"),
        405,
    ),
    # Paths.
    "a path of 100 KB": (at("/hook/" + "a" * 100_000), 414),
    "a path beyond ASCII": (at("/hook/\xff"), 400),
    "a space in the path": (at("/hook/trading view"), 400),
    "two spaces before the path": (at(" /hook/tradingview"), 400),
    **{
        f"the path {path}": (at(path), 404)
        for path in (
            "/hook/%2e%2e/",
            "/hook/../hook/tradingview",
            "/hook/%2e%2e/hook/tradingview",
            "/hook//tradingview",
            "/hook/tradingview/",
            "/hook/tradingview//",
            "//example.com/hook/tradingview",
            "/hook\\tradingview",
            "/HOOK/tradingview",
            "/hook/tradingview/x/y",
        )
    },
    **{
        f"the sender {sender}": (at(f"/hook/{sender}"), UNPROVEN)
        for sender in (
            "%ff%fe",
            "%zz",
            "a%00b",
            "a%0d%0aA:%20b",
            "tradingview;a=b",
            "%2e%2e",
            "tradingvie%EF%BD%97",
        )
    },
    "another secret behind a coded slash": (
        lambda a: http(b"{}", line="POST /hook/tradingview%2fwrong HTTP/1.1"),
        UNPROVEN,
    ),
    "a secret that is no text": (lambda a: http(b"{}", line="POST /hook/tradingview/%ff HTTP/1.1"), UNPROVEN),
    # Bodies: the size and the text.
    "an empty body": (lambda a: proven(b""), 400),
    "a body above the limit": (lambda a: proven(a + b" " * 160 * 1024), 413),
    "ten megabytes": (lambda a: proven(a + b" " * 10_000_000), 413),
    "ten megabytes in a chunk": (lambda a: chunked(chunks(a + b" " * 10_000_000)), 413),
    "a chunked body above the limit": (lambda a: chunked(chunks(a, b" " * 160 * 1024)), 413),
    "a compressed body": (lambda a: proven(gzip.compress(a), "Content-Encoding: gzip"), 415),
    "a body that is said to be compressed": (lambda a: proven(a, "Content-Encoding: br"), 415),
    "fifty megabytes, compressed": (lambda a: proven(gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip"), 415),
    "not UTF-8": (lambda a: proven(a.replace(b"trend", b"tr\xffnd")), 400),
    "UTF-16": (lambda a: proven(a.decode().encode("utf-16")), 400),
    "UTF-16, and so declared": (
        lambda a: proven(a.decode().encode("utf-16"), "Content-Type: text/plain; charset=utf-16"),
        415,
    ),
    "an unknown charset": (
        lambda a: proven(a.replace(b"trend", "trénd".encode()), "Content-Type: text/plain; charset=klingon"),
        415,
    ),
    "half a surrogate pair": (raw_field(b'"\\ud800"'), 400),
    "half a surrogate pair as bytes": (raw_field(b'"\xed\xa0\x80"'), 400),
    "an overlong NUL": (raw_field(b'"\xc0\x80"'), 400),
    "NUL": (raw_field(b'"\\u0000"'), 400),
    "two byte order marks": (lambda a: proven(b"\xef\xbb\xbf" * 2 + a), 400),
    "a form": (lambda a: proven(b"--x\r\n\r\n\r\nb\r\n--x--", "Content-Type: multipart/form-data; boundary=x"), 400),
    # Bodies: their shape.
    "a hundred thousand keys": (lambda a: proven(keys(100_000)), 413),
    "as many keys as fit": (lambda a: proven(keys(17_000)), 400),
    "twenty thousand brackets": (raw_field(b"[" * 20_000 + b"]" * 20_000), 400),
    "1e999999": (raw_field(b"1e999999"), 400),
    "-1e-999999": (raw_field(b"-1e-999999"), 400),
    "a hundred thousand digits": (raw_field(b"9" * 100_000), 400),
    "Infinity": (raw_field(b"Infinity"), 400),
    "NaN": (raw_field(b"NaN"), 400),
    "a list": (lambda a: proven(b"[" + a + b"]"), 400),
    "the secret twice": (lambda a: http(a.replace(b"{", a[:-1] + b",", 1)), UNPROVEN),
    "the secret in a list": (
        lambda a: http(a.replace(b'"secret": "', b'"secret": ["').replace(b'",', b'"],', 1)),
        UNPROVEN,
    ),
    "a ticker of 100 KB": (fields(ticker="A" * 100_000), 422),
    "a ticker with commands in it": (fields(ticker="{{ ''.__class__ }}$(id)`id`';--"), 422),
    "a number as large as numbers get": (fields(ticker=10**40), 422),
    "the ticker as a mapping": (fields(ticker={"__class__": "x"}), 422),
}


@pytest.mark.parametrize("name", ROWS)
def test_bad_input_is_refused_at_once_and_the_next_alert_is_taken(served, name):
    build, expected = ROWS[name]
    payload = build(json.dumps(served.alert("long")).encode()).replace(b"@secret", served.secret.encode())
    said = say(served.url, payload)
    special: dict = {CLOSED: [[]], UNPROVEN: [[401], [429]]}
    statuses = special.get(expected, [[expected]])
    assert said.statuses in statuses, said.raw[:500]
    assert said.seconds < 1
    assert b"Content-Type: application/problem+json\r\n" in said.raw or expected is CLOSED
    assert served.secret.encode() not in said.raw
    assert served.post(served.alert("long")).status_code == 202


GOOD = {
    "chunks": lambda a: chunked(chunks(a[:9], a[9:])),
    "chunks with extensions": lambda a: chunked(b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(a), a)),
    "chunks and trailers": lambda a: chunked(chunks(a, end=b"0\r\nA: b\r\n\r\n")),
    "one byte a chunk": lambda a: chunked(chunks(*(bytes([byte]) for byte in a))),
    "a byte order mark": lambda a: http(b"\xef\xbb\xbf" + a),
    "another charset for the same bytes": lambda a: http(a, "Content-Type: text/plain; charset=ISO-8859-1"),
    "headers that only look like others": lambda a: http(a, "CONTENT_LENGTH: 3", "Script-Name: /x"),
    "an offer to change protocols": lambda a: http(a, "Connection: Upgrade", "Upgrade: h2c"),
    "a content type that is none": lambda a: http(a, "Content-Type: \"';;;=/"),
    "a senseless preference": lambda a: http(a, "Prefer: wait=-1, wait=99999999999"),
    "an absolute address": lambda a: http(a, line="POST http://x/hook/tradingview HTTP/1.1"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_only_looks_odd_is_taken(served, name):
    said = say(served.url, GOOD[name](json.dumps(served.alert("long")).encode()))
    assert said.statuses == [202], said.raw


def test_who_asks_first_is_told_to_go_on(served):
    said = say(served.url, http(json.dumps(served.alert("long")).encode(), "Expect: 100-continue"))
    assert said.statuses == [100, 202]


def test_requests_in_one_go_are_answered_in_their_order(served):
    alerts = [http(json.dumps(served.alert("long")).encode()) for _ in range(20)]
    said = say(served.url, b"".join([*alerts[:10], http(b"", line="GET /nowhere HTTP/1.1"), *alerts[10:]]))
    assert said.statuses == [202] * 10 + [404] + [202] * 10


def test_a_refused_request_takes_what_follows_it_along(served):
    """Where the body of a garbled request ends is unknown: what follows must not be read as a request."""
    garbled = http(b"", "Content-Length: 3")
    said = say(served.url, garbled + http(json.dumps(served.alert("long")).encode()))
    assert said.statuses == [400]
