"""Signed requests and their answers. The clock learns the exchange's time from every answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from executor.bitget.adapter import Dated
from executor.bitget.credentials import Credentials, Redactor
from executor.bitget.endpoints import ENDPOINTS, Endpoint, Read
from executor.bitget.envelope import Envelope, milliseconds, unwrap
from executor.bitget.errors import MaybeSent, NeverSent, TooManyRequests
from executor.bitget.rate_limits import AddressLimit
from executor.bitget.server_clock import ServerClock, from_milliseconds
from executor.bitget.signing import query_string, sign, signing_key
from executor.bitget.transport import Transport
from executor.core.evidence import SIGNATURE_LIFETIME
from executor.core.reversal import Operation

MOST_CHARACTERS = 500  # of an error's words
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A signed order: `body` are the bytes that will be sent."""

    operation: Operation
    client_order_id: str
    body: bytes
    signed_at: datetime  # ACCESS-TIMESTAMP: the exchange's clock, to the millisecond
    headers: Mapping[str, str] = field(repr=False)

    @property
    def expires_at(self) -> datetime:
        """From here on, on the exchange's clock, it can no longer run."""
        return self.signed_at + SIGNATURE_LIFETIME


class Client:
    """Thread-safe. Every call is one request: nothing is retried here."""

    def __init__(
        self, credentials: Credentials, transport: Transport, clock: ServerClock, address: AddressLimit, demo: bool
    ) -> None:
        self._transport, self._clock, self._address = transport, clock, address
        self._signing_key = signing_key(credentials.secret)
        self.redact = Redactor(credentials.key, credentials.secret, credentials.passphrase)
        self._plain_headers = {"locale": "en-US"} | ({"paptrading": "1"} if demo else {})
        self._signed_headers = self._plain_headers | {
            "ACCESS-KEY": credentials.key,
            "ACCESS-PASSPHRASE": credentials.passphrase,
            "Content-Type": "application/json",
        }

    def sign(self, operation: Operation, body: Mapping[str, str], client_order_id: str) -> SignedRequest:
        content = _encode(body).encode()
        now = self._clock.milliseconds()
        headers = self._signed(ENDPOINTS[operation], str(now), "", content)
        return SignedRequest(operation, client_order_id, content, from_milliseconds(now), headers)

    def send(self, signed: SignedRequest, latest: float) -> Envelope:
        """Raises NeverSent, also if its first byte could not leave by `latest` (time.monotonic()), or MaybeSent."""
        endpoint = ENDPOINTS[signed.operation]
        return self._round_trip(endpoint.method, endpoint.path, signed.headers, Dated(signed.body, latest))

    def ask(self, read: Read, parameters: Mapping[str, str]) -> Envelope:
        """Raises NeverSent or MaybeSent."""
        endpoint, query = ENDPOINTS[read], query_string(parameters)
        target = f"{endpoint.path}?{query}" if query else endpoint.path
        headers = self._plain_headers
        if not endpoint.public:
            headers = self._signed(endpoint, str(self._clock.milliseconds()), query, b"")
        return self._round_trip(endpoint.method, target, headers)

    def _signed(self, endpoint: Endpoint, timestamp: str, query: str, body: bytes) -> dict[str, str]:
        signature = sign(self._signing_key, timestamp, endpoint.method, endpoint.path, query, body)
        return self._signed_headers | {"ACCESS-TIMESTAMP": timestamp, "ACCESS-SIGN": signature}

    def _round_trip(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> Envelope:
        self._address.note()
        try:
            reply = self._transport.send(method, target, headers, body)
            envelope = unwrap(reply, self.redact)
        except NeverSent as error:
            raise NeverSent(self._words(error)) from None
        except TooManyRequests as error:
            raise TooManyRequests(self._words(error), error.retry_after) from None
        except MaybeSent as error:
            raise MaybeSent(self._words(error), answered=error.answered) from None
        self._clock.learn(_server_time(envelope), reply.asked_at, reply.answered_at)
        return envelope

    def _words(self, error: Exception) -> str:
        """Without credentials, and no longer than people read: it may quote what came instead of an answer."""
        return self.redact(str(error))[:MOST_CHARACTERS]


def _server_time(envelope: Envelope) -> int:
    """`data.serverTime` where it was asked for, else `requestTime`.

    Source: Bitget, GET /api/v2/public/time.
    """
    server_time = envelope.data.get("serverTime") if isinstance(envelope.data, Mapping) else None
    return milliseconds(server_time) or envelope.request_time_ms
