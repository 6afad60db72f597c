"""Our settings and hooks, in the form of a gunicorn configuration file: gunicorn's documentation explains each name.

A reverse proxy stands in front (deploy/nginx.conf, deploy/Caddyfile). It takes each request whole before it passes it
on, and it bounds how many clients connect, for how long, and how much they send.
"""

import gc
import ipaddress
from typing import Any

import structlog
from flask import Response
from gunicorn.http.errors import ParseException

from executor.engine.last_good import share
from executor.web.body import GARBLED
from executor.web.context import runner_of
from executor.web.hook import let_wait
from executor.web.problems import problem

log = structlog.get_logger()

worker_class = "executor.server.worker.Worker"
workers = 1  # lanes already run side by side; more processes divide an account's rate limits among them
threads = 64  # for requests, of which three quarters may wait for outcomes; they start when they are needed
worker_connections = 700  # at once; with other files it stays below 1,024, which is what many systems allow a process
backlog = 2048  # more connections wait here: a bar's close brings hundreds of alerts at once
keepalive = 75  # seconds; the proxies close an idle connection after 60, so that none is closed under a request
timeout = 30  # seconds; a worker that hangs for so long is killed, and its lanes are taken over
graceful_timeout = 15  # seconds until the master kills a worker: for its requests, then for orders that are due
limit_request_line = 4094
limit_request_fields = 50
forwarded_allow_ips = ""  # addresses are read through `proxies:` in config.yaml, nowhere else
accesslog = None  # paths may hold secrets; the executor logs what it took instead
access_log_format = "%(h)s %(m)s %(s)s %(M)s ms"  # without the path, should that log be asked for
logger_class = "executor.server.worker.Log"
control_socket_disable = True  # only signals command the master

REQUESTS_SECONDS = 5  # of graceful_timeout, for requests under way


def on_starting(_server: Any) -> None:
    """In the master: a worker that follows one that died finds the configuration that was in force."""
    share()


def post_fork(_server: Any, worker: Any) -> None:
    """In a worker, before it loads the application: it stops waiting for requests before the master kills it."""
    worker.cfg.set("graceful_timeout", REQUESTS_SECONDS)


def post_worker_init(worker: Any) -> None:
    """In a worker, once it has loaded the application."""
    let_wait(worker.wsgi, worker.cfg.threads)
    worker.wsgi.register_error_handler(ParseException, garbled_body)
    tell_of_no_proxy(worker)
    gc.collect()
    gc.freeze()  # what is loaded stays: looking through it again and again took 20 ms each time


def garbled_body(_error: ParseException) -> Response:
    """gunicorn parses a chunked body while the application reads it."""
    return problem(400, GARBLED)


def worker_exit(_server: Any, worker: Any) -> None:
    """In a worker at its end: finish orders that are due, then leave the lanes to other processes."""
    if worker.booted:
        runner_of(worker.wsgi).stop()


def tell_of_no_proxy(worker: Any) -> None:
    """Where other machines can connect, and no proxy is configured."""
    beyond = [address for address in worker.cfg.address if _is_beyond_this_machine(address)]
    if beyond and not runner_of(worker.wsgi).config.proxies.hops:
        words = "other machines can connect, and config.yaml has no `proxies`: slow clients can keep every thread busy"
        log.warning("no proxy in front", reason=f"{words}; put nginx or Caddy in front, as deploy/ shows")


def _is_beyond_this_machine(address: Any) -> bool:
    """One of gunicorn's addresses: a host and a port, a path, or the number of an open file."""
    if not isinstance(address, tuple) or address[0] == "localhost":
        return False
    try:
        return not ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return True  # another name
