"""Authenticates senders and counts failed attempts."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from math import ceil

import structlog

from executor.config import Config
from executor.core.sender import NotAuthenticated, Presented, Proven, Sender, authenticate, stand_in
from executor.engine.senders.lockout import Lockout, LockScope
from executor.engine.senders.secret_uses import SecretUses
from executor.engine.senders.strangers import LONG_BYTES, Strangers
from executor.errors import AlertRefused

log = structlog.get_logger()


class LockedOut(AlertRefused):
    """A wrong attempt after too many others. One sentence for all of them, as for NotAuthenticated."""

    status = 429

    def __init__(self, pause: timedelta) -> None:
        super().__init__(
            "too many wrong attempts, and this was one more: the sender, its secret, its address or its certificate is "
            "not one that config.yaml accepts; a right one is always accepted"
        )
        self.retry_after_seconds = max(1, ceil(pause.total_seconds()))


class Admission:
    """Used by every HTTP thread."""

    def __init__(self, uses: SecretUses, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._uses, self._lockout, self._monotonic = uses, Lockout(), monotonic
        self._strangers = Strangers()

    def admit(self, config: Config, sender: str, body: bytes, presented: Presented, now: datetime) -> Proven:
        """Raises NotAuthenticated, LockedOut, Undecodable or NotRead. A lock refuses only wrong attempts.
        A stranger's body that would meet a lock, or is long, is read when no other is.

        `now` is the machine's wall clock, which signed times are compared with.
        """
        known = config.senders.get(sender)
        judged, address = known or stand_in(sender, config.senders.values()), presented.address
        try:
            proven = authenticate(known, body, presented, now, judged, self._turn(judged, sender, body, address))
        except NotAuthenticated:
            if pause := self._lockout.failed(address, sender, self._passed()):
                raise LockedOut(pause) from None
            raise
        if known:
            self._strangers.note_proven(address)
            self._uses.note(sender, known.secrets[proven.secret_index], proven.way, now)
        return proven

    def _turn(self, judged: Sender, name: str, body: bytes, address: str | None) -> AbstractContextManager[None]:
        """When a body is read that no secret beside it proves. An address in its sender's networks is no stranger."""
        if judged.networks is not None or not self._strangers.is_stranger(address):
            return nullcontext()
        waits = len(body) > LONG_BYTES or self._lockout.is_locked(address, name, self._passed())
        return self._strangers.one_at_a_time() if waits else nullcontext()

    def log_locks(self, config: Config, now: datetime) -> None:
        """Log the locks that began and ended. An unknown sender's name may be a secret in the wrong place."""
        passed = self._passed()
        for lock in self._lockout.news(passed):
            strange = lock.scope is LockScope.SENDER and lock.name not in config.senders
            about = {"scope": lock.scope.value, "name": "(unknown)" if strange else lock.name}
            if lock.over:
                log.warning("lock on wrong attempts ended", **about, refused=lock.refused)
            else:
                log.warning(
                    "wrong attempts locked, right ones still get in",
                    **about,
                    until=(now + (lock.until - passed)).isoformat(),
                )

    def _passed(self) -> timedelta:
        return timedelta(seconds=self._monotonic())
