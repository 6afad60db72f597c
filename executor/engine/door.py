"""Lets the right senders in, and keeps the noise of the others down."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from math import ceil

import structlog

from executor.config import Config
from executor.core.sender import NotAuthenticated, Presented, Proven, Sender, authenticate, stand_in
from executor.engine.last_place import LONG_BYTES, LastPlace
from executor.engine.lockout import Lockout, Scope
from executor.engine.secret_uses import SecretUses
from executor.errors import AlertRefused

log = structlog.get_logger()


class LockedOut(AlertRefused):
    """A wrong attempt among too many. One and the same sentence, as for NotAuthenticated."""

    status = 429

    def __init__(self, pause: timedelta) -> None:
        super().__init__(
            "too many wrong attempts, and this was one more: the sender, its secret, its address or its certificate is "
            "not one that config.yaml accepts; a right one is let in at any time"
        )
        self.retry_after_seconds = max(1, ceil(pause.total_seconds()))


class Door:
    """Used by every HTTP thread."""

    def __init__(self, uses: SecretUses, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._uses, self._lockout, self._monotonic = uses, Lockout(), monotonic
        self._last_place = LastPlace()

    def admit(self, config: Config, sender: str, body: bytes, presented: Presented, now: datetime) -> Proven:
        """Raises NotAuthenticated, LockedOut, Undecodable or NotRead. An attempt meets a lock only once it was found
        wrong; a stranger's waits for the last place before it is read if it would meet one, or is long.

        `now` is the machine's wall clock, which signed times are compared with.
        """
        known = config.senders.get(sender)
        judged, address = known or stand_in(sender, config.senders.values()), presented.address
        try:
            proven = authenticate(known, body, presented, now, judged, self._place(judged, sender, body, address))
        except NotAuthenticated:
            if pause := self._lockout.failed(address, sender, self._passed()):
                raise LockedOut(pause) from None
            raise
        if known:
            self._last_place.note_right(address)
            self._uses.note(sender, known.secrets[proven.secret_index], proven.way, now)
        return proven

    def _place(self, judged: Sender, name: str, body: bytes, address: str | None) -> AbstractContextManager[None]:
        """Where a body is read that nothing beside it proves. One from a sender's own networks is no stranger's."""
        if judged.networks is not None or not self._last_place.is_stranger(address):
            return nullcontext()
        last = len(body) > LONG_BYTES or self._lockout.is_locked(address, name, self._passed())
        return self._last_place.taken() if last else nullcontext()

    def tell(self, config: Config, now: datetime) -> None:
        """Log the locks that began and ended. The name of a sender that is not ours may be a secret gone astray."""
        passed = self._passed()
        for lock in self._lockout.news(passed):
            strange = lock.scope is Scope.SENDER and lock.name not in config.senders
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
