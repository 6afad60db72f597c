"""How much of everything a soak does, and what it counts at the end."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Plan:
    """`fault_chance` is an order's to meet a fault at the exchange. One process is killed or frozen every
    `kill_every_seconds`.
    """

    alerts: int
    symbols: int
    fault_chance: float
    kill_every_seconds: float
    workers: int
    nodes: int
    seed: int
    rate: float  # alerts a second, over all

    @property
    def names(self):
        return [f"SYM{number}USDT" for number in range(self.symbols)]

    @property
    def healthy(self):
        """One in four: no order of theirs meets a fault, and no person touches them."""
        return self.names[::4]


@dataclass
class Books:
    """What the comparison found. Each of `findings` is one too many."""

    acknowledged: int = 0
    requests: int = 0
    faulty: int = 0  # of them, those that met a fault
    kills: int = 0
    freezes: int = 0
    steps: int = 0
    moves: int = 0
    saves: int = 0
    states: Counter = field(default_factory=Counter)
    healthy_p90_seconds: float = 0.0
    findings: list = field(default_factory=list)

    @property
    def clean(self):
        return not self.findings

    def __str__(self):
        states = ", ".join(f"{state} {number}" for state, number in sorted(self.states.items()))
        found = Counter(finding.kind for finding in self.findings)
        early = found["early"] + found["freed"] + found["old_read"] + found["unwritten"]
        return "\n".join(
            [
                f"acknowledged {self.acknowledged}, workers killed {self.kills} and frozen {self.freezes}, clocks "
                f"stepped {self.steps}, positions moved by hand {self.moves}, config.yaml saved {self.saves}",
                f"orders: {states}; requests {self.requests}, with faults {self.faulty}",
                f"healthy lanes, alert to order: {self.healthy_p90_seconds:.2f} s at p90",
                f"acknowledged and lost {found['lost']} · run twice for one intent {found['twice']} · on the "
                f"wrong side without a loud state {found['wrong_side']} · never ended {found['unfinished']} · "
                f"early {early} · healthy lanes starved {found['starved']}",
                *map(str, self.findings[:20]),
            ]
        )
