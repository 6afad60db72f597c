"""Bad input for the pages, over a real socket: each is refused within a second, and the next visitor is served."""

import pytest

from tests.web.operator.visiting import Visitor
from tests.web.wire import http, say

FIELDS = "Content-Type: application/x-www-form-urlencoded"
PARTS = "Content-Type: multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
FILE = b'--x\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\n'


def login(body, *headers):
    return http(body, *headers, line="POST /login HTTP/1.1")


def page(path, *headers):
    return http(b"", *headers, line=f"GET {path} HTTP/1.1")


#   what is sent → the status that comes back; 303 leads to the login
ROWS = {
    "a form of ten megabytes": (login(b"password=" + b"a" * 10_000_000, FIELDS), 413),
    "as long a password as fits": (login(b"password=" + b"a" * 150_000, FIELDS), 400),
    "forty thousand fields": (login(b"a=b&" * 40_000, FIELDS), 400),
    "fields that are no text": (login(b"password=\xff%ff%zz", FIELDS), 400),
    "two thousand parts": (login(PART * 2000 + b"--x--\r\n", PARTS), 413),
    "a file": (login(FILE + b"a" * 150_000 + b"\r\n--x--\r\n", PARTS), 400),
    "a file that does not end": (login(FILE + b"a" * 150_000, PARTS), 400),
    "parts without a boundary": (login(PART, "Content-Type: multipart/form-data"), 400),
    "JSON for a form": (login(b'{"password": "a"}', "Content-Type: application/json"), 400),
    "a cookie that is no session": (page("/", "Cookie: __Host-operator=" + "e" * 7000), 303),
    "two thousand cookies": (page("/", "Cookie: " + "a=b;" * 1900), 303),
    "NUL in a cookie": (page("/", "Cookie: __Host-operator=a\0b"), 400),
    "a thousand ranges": (page("/static/operator.css", "Range: bytes=" + "0-1," * 1000 + "0-1"), 416),
    "a thousand addresses": (page("/", "X-Forwarded-For: " + "1.2.3.4," * 900), 303),
    "a token that is no text": (page("/metrics", "Authorization: Bearer \xff\xfe"), 401),
    "a query of odd values": (page("/?limit=1e999999&state=%ff&since=9999999999999999999"), 303),
    **{
        f"the path {path}": (page(path), 404)
        for path in (
            "/static/../../../../etc/passwd",
            "/static/%2e%2e/%2e%2e/app.py",
            "/static//etc/passwd",
            "/static/operator.css%00",
            "/receipts/%00",
            "/receipts/%ff",
        )
    },
}


@pytest.mark.parametrize("name", ROWS)
def test_bad_input_is_refused_at_once_and_the_next_visitor_is_served(overseen, name):
    payload, status = ROWS[name]
    said = say(overseen.url, payload)
    assert said.statuses == [status], said.raw[:500]
    assert said.seconds < 1
    assert Visitor(overseen).get("/login").status_code == 200
