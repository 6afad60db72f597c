"""An exchange behind a proxy that tells whatever it was told: headers come back in refusals, errors and noise."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

SIGNED = ("ACCESS-KEY", "ACCESS-SIGN", "ACCESS-PASSPHRASE")


class Echo:
    """In front of a simulator; `ways` holds, per symbol, how its reversals are answered (see _Handler.echo)."""

    def __init__(self, url):
        self.behind, self.ways, self.signatures = url, {}, set()
        handler = type("Handler", (_Handler,), {"echo_server": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    echo_server: "Echo"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.pass_on(b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        way = self.echo_server.ways.get(json.loads(body).get("symbol")) if "click-backhand" in self.path else None
        self.note()
        if way:
            self.echo(way)
        else:
            self.pass_on(body)

    def note(self):
        if sign := self.headers["ACCESS-SIGN"]:
            self.echo_server.signatures.add(sign)

    def echo(self, way):
        told = " ".join(f"{name}={self.headers[name]}" for name in SIGNED)
        status, _, code = way.partition(" ")
        if code:
            self.answer(int(status), json.dumps({"code": code, "msg": told, "data": None}).encode())
        elif status == "noise":
            self.answer(200, f"<html>{told}".encode())
        else:  # no valid status line
            self.wfile.write(f"{told}\r\n\r\n".encode())
            self.close_connection = True

    def pass_on(self, body):
        self.note()
        headers = {name: value for name, value in self.headers.items() if name not in ("Host", "Content-Length")}
        with requests.Session() as session:
            session.trust_env = False
            reply = session.request(self.command, self.echo_server.behind + self.path, data=body, headers=headers)
        self.answer(reply.status_code, reply.content)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
