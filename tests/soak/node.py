"""One node under test: a real gunicorn with workers that get killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]


class Node:
    """A gunicorn master with its workers; its log stands in `folder`."""

    def __init__(self, folder, name, environ, workers, app="tests.soak.quick:create_app()"):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = folder / f"{name}.log"
        command = [
            *(sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"),
            *("-b", self.url.removeprefix("http://"), "-w", str(workers), app),
        ]
        self.environ = os.environ | environ
        self.command = command
        self.start()

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environ, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self.ready():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.05)

    def ready(self):
        try:
            return requests.get(f"{self.url}/health/live", timeout=2).ok
        except requests.RequestException:
            return False

    def workers(self):
        """The process ids of the workers that live."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def kill_worker(self, chance):
        """SIGKILL one worker; gunicorn starts another."""
        if workers := self.workers():
            os.kill(chance.choice(workers), signal.SIGKILL)

    def kill(self):
        """SIGKILL the whole node."""
        for pid in [self.process.pid, *self.workers()]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
