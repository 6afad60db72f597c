"""A server with an operator, and visitors that behave as browsers."""

import re
from http.cookies import SimpleCookie
from types import MappingProxyType

import requests
from werkzeug.security import generate_password_hash

from executor.config import HASHED_BY
from tests.served import Served, by_command

PASSWORD, TOKEN = "correct horse battery", "a-token-for-the-scraper"
HASH = generate_password_hash(PASSWORD, HASHED_BY)
OPERATOR = f"operator: {{password_hash: '{HASH}', metrics_token: {TOKEN}}}\n"
MONITOR = MappingProxyType({"Authorization": f"Bearer {TOKEN}"})  # headers
ELSEWHERE = "203.0.113.9"


class Overseen(Served):
    """`head` stands at the top of config.yaml."""

    monitor = MONITOR

    def __init__(self, folder, head, command=by_command):
        self.head = head
        super().__init__(folder, command)

    def text(self):
        return super().text().replace("version: 1\n", f"version: 1\nproxies: 1\n{self.head}", 1)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Visitor:
    """A browser as far as the server can tell: it keeps cookies, and sends Secure ones though this is plain http."""

    def __init__(self, served, address=ELSEWHERE, **headers):
        self.url, self.cookies, self.cookie_lines = served.url, {}, []
        self.headers = {"Accept": "text/html"} | ({"X-Forwarded-For": address} if address else {}) | headers

    def get(self, path, **headers):
        return self.ask("GET", path, headers)

    def post(self, path, token="from the page", **fields):
        if token == "from the page":
            token = self.token()
        return self.ask("POST", path, {}, fields | ({"csrf_token": token} if token else {}))

    def ask(self, method, path, headers, fields=None):
        headers = self.headers | headers
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = requests.request(
            method, self.url + path, headers=headers, data=fields, allow_redirects=False, timeout=20
        )
        self.cookie_lines = answer.raw.headers.getlist("Set-Cookie")
        for line in self.cookie_lines:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer

    def token(self):
        """A form's token, from the page that this visitor may see."""
        page = self.get("/")
        if page.status_code == 303:
            page = self.get(page.headers["Location"])
        return token_of(page.text)

    def log_in(self, password=PASSWORD):
        return self.post("/login", password=password)


def token_of(page):
    """Of the page's forms."""
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
