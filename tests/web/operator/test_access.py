"""Which pages there are for whom, and with which headers."""

import tomllib

import pytest

from tests.served import ROOT
from tests.web.operator.visiting import Visitor
from tests.web.wire import http, say

PAGES = [
    ("GET", "/"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("POST", "/halt"),
    ("POST", "/resume"),
    ("GET", "/metrics"),
    ("GET", "/static/operator.css"),
]
HOSTS = ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost@evil", "[::2]"]


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_without_an_operator_there_is_nothing_for_those_elsewhere(unattended, method, path):
    stranger = Visitor(unattended)
    answer, nowhere = (stranger.ask(method, where, {}) for where in (path, "/nowhere"))
    assert (answer.status_code, answer.text) == (404, nowhere.text)


def test_without_an_operator_the_pages_are_open_on_this_machine(unattended):
    here = Visitor(unattended, None)
    assert here.get("/").status_code == 200
    assert "Log out" not in here.get("/").text
    assert here.get("/login").status_code == 404


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/", "/receipts/unknown"])
def test_a_foreign_name_that_points_here_opens_nothing(unattended, host, path):
    """DNS rebinding: a browser on this machine, a page from elsewhere."""
    rebound = Visitor(unattended, None, Host=host)
    assert rebound.get(path).status_code == 404
    assert rebound.get("/health/ready", Accept="*/*").json() == {"status": "ready"}


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "[::1]:8000"])
def test_this_machines_own_names_open_the_pages(unattended, host):
    assert Visitor(unattended, None, Host=host).get("/").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"},
        {"X-Forwarded-For": ""},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Forwarded-Host": "executor.example.com"},
        {"X-Forwarded-Proto": "https"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/receipts/unknown", "/metrics"])
def test_a_proxy_on_this_machine_does_not_bring_the_world_here(unattended, headers, path):
    """Whether it is the one that config.yaml trusts or another, and whether it tells the address or not."""
    assert Visitor(unattended, None).get("/metrics").status_code == 200
    assert Visitor(unattended, None, **headers).get(path).status_code == 404
    assert "accounts" not in Visitor(unattended, None, **headers).get("/health/ready").json()


@pytest.mark.parametrize(
    ("minor", "headers", "status"),
    [(1, ["Connection: keep-alive"], 200), (1, [], 404), (1, ["Connection: close"], 404), (0, [], 404)],
)
def test_a_proxy_that_adds_nothing_is_known_by_what_it_does_not_pass_on(unattended, minor, headers, status):
    """nginx with `proxy_pass http://127.0.0.1:8000;` and no other line; from 1.29.7 on it speaks HTTP/1.1."""
    asked = http(b"", *headers, line=f"GET / HTTP/1.{minor}", length=False)
    said = say(unattended.url, asked.replace(b"Host: executor.example.com", b"Host: 127.0.0.1"))
    assert said.statuses == [status]


def test_a_visitor_of_this_machine_may_come_through_its_trusted_proxy(unattended):
    assert Visitor(unattended, "127.0.0.1").get("/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/login", "/static/operator.css", "/nowhere", "/receipts/x", "/health/live"])
@pytest.mark.parametrize("logged_in", [True, False])
def test_every_page_has_the_strict_headers(overseen, operator, path, logged_in):
    visitor = operator if logged_in else Visitor(overseen)
    headers = visitor.get(path).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_browsers_that_came_by_https_are_told_to_stay_with_it(overseen):
    headers = Visitor(overseen).get("/login", **{"X-Forwarded-Proto": "https"}).headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_an_alert_needs_no_cookie_no_token_and_gets_none(overseen):
    answer = overseen.post(overseen.alert("short"))
    assert answer.status_code == 202
    assert "Set-Cookie" not in answer.headers


def test_all_that_the_pages_are_made_of_is_installed():
    installed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["executor"]
    kinds = {path.suffix for path in (ROOT / "executor/web/operator").rglob("*.*")} - {".py", ".pyc"}
    assert {f"**/*{kind}" for kind in kinds} <= set(installed)
