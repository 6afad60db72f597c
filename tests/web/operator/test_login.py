"""The login: who gets in, what a session is, and what no client can do to it."""

import hashlib
import hmac
import statistics
import threading
import time
from itertools import count

import pytest
import yaml
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.security import generate_password_hash

from executor.config import HASHED_BY
from executor.web import create_app
from executor.web.context import runner_of
from executor.web.operator.attempts import Attempts
from executor.web.operator.login import KEY, MOST_WAITING, MOST_WAITING_RIGHT, PasswordCheck
from executor.web.operator.sessions import COOKIE, IDLE_SECONDS, LIFE_SECONDS
from tests.served import ROOT
from tests.web.operator.visiting import HASH, OPERATOR, PASSWORD, Overseen, Visitor, token_of

NAME = COOKIE["SESSION_COOKIE_NAME"]


def signer(password_hash=HASH):
    """What signs the server's sessions."""
    key = hmac.digest(password_hash.encode(), b"the operator's sessions", "sha256")
    flask = SecureCookieSessionInterface
    signing = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(key, flask.salt, flask.serializer, signer_kwargs=signing)


def forged(password_hash=HASH, **ago):
    """A session as the server would have written it that long ago."""
    return signer(password_hash).dumps({name: int(time.time()) - seconds for name, seconds in ago.items()})


def test_without_a_login_every_client_is_sent_to_it(overseen):
    for address in ("203.0.113.9", None):
        answer = Visitor(overseen, address).get("/")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


def test_the_password_opens_the_overview(operator):
    page = operator.get("/")
    assert page.status_code == 200
    assert "Log out" in page.text


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", PASSWORD.upper(), "x" * 50_000])
def test_every_other_password_is_refused_in_the_same_words(overseen, password):
    visitor = Visitor(overseen, "203.0.113.20")
    answer = visitor.log_in(password)
    assert (answer.status_code, "That is not the password." in answer.text) == (403, True)
    assert PASSWORD not in answer.text
    assert visitor.get("/").status_code == 303
    Visitor(overseen, "203.0.113.20").log_in()


def test_wrong_passwords_cost_as_much_time_as_the_right_one():
    password_check = PasswordCheck()

    def seconds(password):
        started = time.thread_time()  # the work itself, on a busy machine too
        password_check.judge(HASH, password)
        return time.thread_time() - started

    right = statistics.median(seconds(PASSWORD) for _ in range(5))
    for password in ("", "wrong", "x" * 1000):
        assert statistics.median(seconds(password) for _ in range(3)) > right / 3


def test_the_cookie_is_for_this_host_and_no_script(overseen):
    visitor = Visitor(overseen)
    visitor.log_in()
    (line,) = visitor.cookie_lines
    assert line.startswith("__Host-operator=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(line.split("; "))
    assert "Domain" not in line


def test_a_login_begins_a_new_session(overseen):
    visitor = Visitor(overseen)
    token = visitor.token()
    before = dict(visitor.cookies)
    assert visitor.post("/login", token, password=PASSWORD).status_code == 303
    assert visitor.cookies != before
    assert visitor.post("/logout", token).status_code == 400  # forms of the old session are worth nothing in this one


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example/", "/receipts/1"])
def test_a_login_leads_to_the_overview_and_nowhere_else(overseen, where):
    visitor = Visitor(overseen)
    token = visitor.token()
    answer = visitor.ask("POST", f"/login?next={where}", {}, {"csrf_token": token, "password": PASSWORD, "next": where})
    assert answer.headers["Location"] == "/"


def test_a_login_without_its_forms_token_is_refused(overseen):
    assert Visitor(overseen).post("/login", None, password=PASSWORD).status_code == 400


def test_logging_out_takes_a_form(operator):
    assert operator.get("/logout").status_code == 405
    assert operator.post("/logout", None).status_code == 400
    assert operator.get("/").status_code == 200
    assert operator.post("/logout").status_code == 303
    assert operator.get("/").status_code == 303


@pytest.mark.parametrize(
    ("ago", "status"),
    [
        ({"since": 0, "seen": 0}, 200),
        ({"since": LIFE_SECONDS - 60, "seen": IDLE_SECONDS - 60}, 200),
        ({"since": LIFE_SECONDS + 1, "seen": 0}, 303),
        ({"since": 7200, "seen": IDLE_SECONDS + 1}, 303),
    ],
    ids=["fresh", "old", "after twelve hours", "after an idle hour"],
)
def test_a_session_is_good_for_its_time(overseen, ago, status):
    visitor = Visitor(overseen)
    visitor.cookies[NAME] = forged(**ago)
    assert visitor.get("/").status_code == status


@pytest.mark.parametrize(
    "session",
    [forged(generate_password_hash(PASSWORD, HASHED_BY), since=0, seen=0), forged("", since=0, seen=0), "no session"],
    ids=["of another hash", "of no hash", "nonsense"],
)
def test_a_session_of_another_password_is_none(overseen, session):
    visitor = Visitor(overseen)
    visitor.cookies[NAME] = session
    assert visitor.get("/").status_code == 303


def test_whatever_the_operator_does_prolongs_the_session_and_a_page_that_reloads_does_not(overseen):
    visitor = Visitor(overseen)
    visitor.cookies[NAME] = old = forged(since=7200, seen=1800)
    seen = [signer().loads(old)["seen"]]
    for path in ("/?auto", "/"):
        visitor.get(path)
        seen.append(signer().loads(visitor.cookies[NAME])["seen"])
    assert seen[0] == seen[1] < seen[2] - 1700


def test_a_new_password_ends_every_session(tmp_path):
    served = Overseen(tmp_path, OPERATOR)
    try:
        visitor = Visitor(served)
        visitor.log_in()
        assert visitor.get("/").status_code == 200
        text = served.config.read_text()
        assert yaml.safe_load(text)["operator"]["password_hash"] == HASH
        served.config.write_text(text.replace(HASH, generate_password_hash("another good password", HASHED_BY)))
        served.wait_for(lambda: visitor.get("/").status_code == 303)
        assert visitor.log_in().status_code == 403
        assert visitor.log_in("another good password").status_code == 303
    finally:
        served.stop()


@pytest.fixture
def app(tmp_path, clock):
    """An application of this process, whose waits after wrong passwords go by the clock."""
    text = (ROOT / "config.yaml").read_text().replace("sqlite:///executor.db", f"sqlite:///{tmp_path}/ledger.db")
    (tmp_path / "config.yaml").write_text(text.replace("version: 1\n", f"version: 1\nproxies: 1\n{OPERATOR}", 1))
    app = create_app(tmp_path / "config.yaml", {"ALERT_SECRET": "0123456789abcdef" * 2 + "x"})
    app.extensions[KEY].attempts = Attempts(clock)
    yield app
    runner_of(app).stop()


@pytest.fixture
def knock(app):
    """Sends a password from an address."""

    def knock(password, address):
        client, headers = app.test_client(), {"X-Forwarded-For": address}
        form = {"password": password, "csrf_token": token_of(client.get("/login", headers=headers).text)}
        return client.post("/login", data=form, headers=headers)

    return knock


def test_an_address_that_is_wrong_too_often_waits_and_others_do_not(knock, clock):
    assert [knock("wrong", "203.0.113.66").status_code for _ in range(6)] == [403] * 5 + [429]
    refused = knock(PASSWORD, "203.0.113.66")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert knock(PASSWORD, "203.0.113.67").status_code == 303
    clock.now += 1
    assert knock(PASSWORD, "203.0.113.66").status_code == 303


@pytest.mark.parametrize(("passed", "status"), [(LIFE_SECONDS - 60, 303), (IDLE_SECONDS - 60, 200), (-60, 303)])
def test_a_session_lasts_by_the_ledgers_clock(app, passed, status):
    """Which no step of a machine's clock moves; a session from the future is none."""
    client = app.test_client()
    form = {"password": PASSWORD, "csrf_token": token_of(client.get("/login", base_url="https://localhost").text)}
    assert client.post("/login", data=form, base_url="https://localhost").status_code == 303
    runner_of(app).ledger.clock._offset += passed * 1_000_000  # type: ignore[attr-defined]
    assert client.get("/", base_url="https://localhost").status_code == status


def test_six_connections_with_ever_new_addresses_keep_no_right_password_out():
    password_check, numbers, over = PasswordCheck(), count(), threading.Event()

    def attack():
        while not over.is_set():
            number = next(numbers)
            address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
            if password_check.judge(HASH, "wrong", address) is False:
                password_check.attempts.wrong(address)

    strangers = [threading.Thread(target=attack) for _ in range(6)]
    for thread in strangers:
        thread.start()
    try:
        assert [password_check.judge(HASH, PASSWORD, f"203.0.113.{n}") for n in range(5)] == [True] * 5
    finally:
        over.set()
        for thread in strangers:
            thread.join()


@pytest.fixture
def busy():
    """A password check that is taken until the test is over, while as many wait as may."""
    password_check = PasswordCheck()
    waiting = [
        threading.Thread(target=password_check.judge, args=(HASH, "wrong", f"10.0.0.{n}")) for n in range(MOST_WAITING)
    ]
    assert password_check._lock.acquire(0, 0)
    for thread in waiting:
        thread.start()
    until(lambda: len(password_check._lock) == MOST_WAITING)
    yield password_check, waiting
    password_check._lock.release()
    for thread in waiting:
        thread.join()


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_few_threads_wait_to_judge_a_password(busy):
    password_check, _ = busy
    assert password_check.judge(HASH, PASSWORD, "203.0.113.9") is None
    password_check.attempts.wrong("203.0.113.9")
    assert password_check.judge(HASH, PASSWORD, "203.0.113.9") is True, "who was wrong has another place"


def test_where_the_operator_logged_in_some_more_may_wait(busy):
    password_check, waiting = busy
    password_check.attempts.right("203.0.113.9")
    password_check.attempts.wrong("203.0.113.9")
    more = [
        threading.Thread(target=password_check.judge, args=(HASH, PASSWORD, "203.0.113.9"))
        for _ in range(MOST_WAITING_RIGHT)
    ]
    waiting += more
    for thread in more:
        thread.start()
    until(lambda: len(password_check._lock) == MOST_WAITING + MOST_WAITING_RIGHT)
    assert password_check.judge(HASH, PASSWORD, "203.0.113.9") is None
