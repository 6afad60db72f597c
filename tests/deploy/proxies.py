"""The shipped proxy configurations, run by the real programs on loopback, in front of a real server.

Of each file only addresses, ports, paths and certificate files are substituted.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.served import ROOT

DEPLOY = ROOT / "deploy"
REQUIRED = "EXECUTOR_TEST_REQUIRES_PROXIES"  # set where a missing program is a failure: by .ci/run
NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {site};
}}
"""


def program(name: str) -> str:
    """Where it is installed. Without it the tests are skipped, or fail where it is required."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        (pytest.fail if REQUIRED in os.environ else pytest.skip)(f"{name} is not installed: apt-get install {name}")
    return found


BEFORE_2_6_3 = "buffer_requests\n\t\tmax_buffer_size 200KiB"  # as the Caddyfile says
Pairs = Sequence[tuple[str, str]]


def substituted(file: str, *pairs: tuple[str, str]) -> str:
    """The shipped file with each first text, which must be there, replaced by the second."""
    text = (DEPLOY / file).read_text()
    for old, new in pairs:
        assert old in text, f"{file} has no {old!r}"
        text = text.replace(old, new)
    return text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def nginx(
    folder: Path, port: int, upstream: str, certificate: tuple[str, str], secret: str, pages: bool, changed: Pairs
) -> list[str]:
    """The command that serves deploy/nginx.conf on the port."""
    live = "/etc/letsencrypt/live/executor.example.com"
    site, handed = folder / "site.conf", folder / "secret.conf"
    handed.write_text(f"proxy_set_header X-Proxy-Secret {secret};\n")
    site.write_text(
        substituted(
            "nginx.conf",
            ("listen 443 ", f"listen 127.0.0.1:{port} "),
            ("127.0.0.1:8000", upstream),
            (f"{live}/fullchain.pem", certificate[0]),
            (f"{live}/privkey.pem", certificate[1]),
            ("include /etc/nginx/executor-secret.conf", f"include {handed}"),
            ("/var/log/nginx/error.log", "stderr"),
            *([("return 404;                        # for", "proxy_pass http://executor;  # for")] if pages else ()),
            *changed,
        )
    )
    return _nginx(folder, site)


def bare_nginx(folder: Path, port: int, upstream: str, certificate: tuple[str, str], *_: object) -> list[str]:
    """The command that serves the shortest nginx file there is. From 1.29.7 on, the last two lines are the default."""
    site = folder / "site.conf"
    site.write_text(f"""\
server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate[0]};
    ssl_certificate_key {certificate[1]};
    location / {{ proxy_pass http://{upstream}; }}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
}}
""")
    return _nginx(folder, site)


def _nginx(folder: Path, site: Path) -> list[str]:
    whole = folder / "nginx.conf"
    whole.write_text(NGINX.format(folder=folder, site=site))
    return [program("nginx"), "-e", "stderr", "-c", str(whole)]


def caddy(
    folder: Path, port: int, upstream: str, certificate: tuple[str, str], secret: str, pages: bool, changed: Pairs
) -> list[str]:
    """The command that serves deploy/Caddyfile on the port."""
    file = folder / "Caddyfile"
    file.write_text(
        substituted(
            "Caddyfile",
            ("auto_https", "admin off\n\tauto_https"),
            ("executor.example.com {", f"https://localhost:{port} {{\n\tbind 127.0.0.1"),
            ("tls {", f"tls {' '.join(certificate)} {{"),
            ("127.0.0.1:8000", upstream),
            *([] if knows_request_buffers() else [("request_buffers 200KiB", BEFORE_2_6_3)]),
            *([("respond 404", "import executor")] if pages else ()),
            *changed,
        )
    )
    return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(file)]


def knows_request_buffers() -> bool:
    """Whether the installed Caddy is 2.6.3 or newer."""
    told = subprocess.run([program("caddy"), "version"], capture_output=True, text=True, check=True).stdout
    numbers = told.split()[0].removeprefix("v").partition("-")[0].split(".")
    return tuple(map(int, numbers)) >= (2, 6, 3)


COMMANDS: dict[str, Callable[..., list[str]]] = {"nginx": nginx, "caddy": caddy, "bare nginx": bare_nginx}


class Proxy:
    """One of them, running; with `pages`, changed so that it passes the operator's pages on; and as `changed` says."""

    def __init__(
        self,
        kind: str,
        folder: Path,
        upstream: str,
        certificate: tuple[str, str],
        secret: str,
        pages: bool = False,
        changed: Pairs = (),
    ) -> None:
        port = free_port()
        command = COMMANDS[kind](folder, port, upstream, certificate, secret, pages, changed)
        environ = os.environ | {"PROXY_SECRET": secret, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        self.url, self.log = f"https://localhost:{port}", folder / f"{kind}.log"
        with self.log.open("w") as log:
            self._process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        self._wait_until_it_listens(port)

    def _wait_until_it_listens(self, port: int) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                running = self._process.poll() is None and time.monotonic() < deadline
                assert running, self.log.read_text()[-3000:]
                time.sleep(0.02)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
