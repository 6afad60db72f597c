"""Takes an alert: authenticates its sender, maps it, stores it. Only then it is acknowledged."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from executor.config import Config
from executor.core.alert import Alert
from executor.core.order import Intent
from executor.core.rules import map_alert
from executor.core.sender import Presented
from executor.engine.backlog import Backlog
from executor.engine.fast_path import FastPath
from executor.engine.senders.admission import Admission
from executor.engine.timings import Timings
from executor.ledger import NewAlert, Recorded

log = structlog.get_logger()

NOT_DONE = {"reason": "its `id` came before with another body, within the rule's dedupe_window: nothing is done"}


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer to an alert. A duplicate's receipt and intents are those of the first arrival."""

    receipt: str
    intents: tuple[Intent, ...]
    duplicate: bool = False
    differs: bool = False


class Intake:
    """Stateless but for what it is given; used by every HTTP thread."""

    def __init__(
        self,
        admission: Admission,
        backlog: Backlog,
        fast_path: FastPath,
        now: Callable[[], datetime],
        ledger_now: Callable[[], datetime],
        timings: Timings,
    ) -> None:
        self._admission, self._backlog, self._fast_path = admission, backlog, fast_path
        self._now, self._ledger_now, self._timings = now, ledger_now, timings

    def take(self, config: Config, sender: str, body: bytes, presented: Presented) -> Acknowledgement:
        """The alert is durable when this returns, after `taking_in` at most. Raises AlertRefused, or TooMuchToDo or
        LedgerUnavailable: nothing was stored, or the same alert may be sent again.
        """
        received_at, arrived_at = self._now(), self._ledger_now()
        until = time.monotonic() + self._timings.taking_in.total_seconds()
        proven = self._admission.admit(config, sender, body, presented, received_at)
        alert = Alert.of(sender, proven.fields, received_at, body, proven.message_id)
        mapped = map_alert(config.book, alert)
        self._backlog.admit({intent.lane for intent in mapped.intents}, mapped.keys, until)
        recorded = self._fast_path.store(
            NewAlert(
                receipt=new_receipt(received_at),
                sender=sender,
                fields=alert.fields,
                digest=alert.digest,
                received_at=received_at,
                arrived_at=arrived_at,
                config_digest=config.digest,
                keys=mapped.keys,
                rule_of=mapped.rule_of,
            ),
            mapped.intents,
            until,
        )
        _log_repetition(recorded, sender)
        if recorded.duplicate:
            return Acknowledgement(
                recorded.receipt, tuple(order.intent for order in recorded.orders), True, recorded.differs
            )
        intents = tuple(intent for intent in mapped.intents if intent.rule not in recorded.repeated)
        self._backlog.changed([intent.lane for intent in intents], by=1)
        log.info("alert stored", receipt=recorded.receipt, sender=sender, orders=len(intents))
        return Acknowledgement(recorded.receipt, intents)


def _log_repetition(recorded: Recorded, sender: str) -> None:
    """A repetition with another body is a warning: what it asks for is not done."""
    facts = {"sender": sender, "differs": recorded.differs}
    write = log.warning if recorded.differs else log.info
    if recorded.duplicate:
        write("alert repeated", receipt=recorded.receipt, **facts, **(NOT_DONE if recorded.differs else {}))
    for rule, first in recorded.repeated.items():
        write("alert repeated", receipt=first, rule=rule, **facts, **(NOT_DONE if recorded.differs else {}))


def new_receipt(received_at: datetime) -> str:
    """A name for an alert that sorts by time: 12 hexadecimal digits of milliseconds, 12 of chance."""
    return f"{int(received_at.timestamp() * 1000):012x}{secrets.token_hex(6)}"
