"""When a request is carried out, and which past its answer shows."""

from dataclasses import dataclass

from executor.simulator.settings import Settings


@dataclass(frozen=True)
class Moment:
    """The exchange's clock while it carries out a request; its reads lag behind by `lag_ms`."""

    settings: Settings
    now_ms: int
    lag_ms: int = 0

    @property
    def then_ms(self) -> int | None:
        """The moment that reads show; None: the present."""
        return self.now_ms - self.lag_ms if self.lag_ms else None
