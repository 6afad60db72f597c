"""The engine's time limits: one value that the Runner is given, so that a test can give a shorter one."""

from dataclasses import dataclass
from datetime import timedelta

from executor.core.evidence import SIGNATURE_LIFETIME


@dataclass(frozen=True, slots=True)
class Timings:
    """`signature_lifetime` is the exchange's: how long after its timestamp a request is still carried out.

    `taking_in` is how long an alert may wait for its answer. TradingView hangs up after three seconds and does not send
    the alert again; an alert that is answered with 503 it sends again.

    `proposal_lifetime` is how old a request may be when it is sent: its inputs grow old.
    `lane_retry` is how long a lane rests after an unexpected error. After `ledger_silence` without a write, the process
    is not ready: each process writes its heartbeat every other second. `unread_refusal` is how long a refused order is
    looked at while its position cannot be read; then it is in doubt.
    """

    signature_lifetime: timedelta = SIGNATURE_LIFETIME
    taking_in: timedelta = timedelta(seconds=2)
    proposal_lifetime: timedelta = timedelta(seconds=2)
    lane_retry: timedelta = timedelta(seconds=1)
    ledger_silence: timedelta = timedelta(seconds=10)
    unread_refusal: timedelta = timedelta(seconds=30)
