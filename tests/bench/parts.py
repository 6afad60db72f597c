"""What is measured: under which load each part runs, on what, beside what, and what of it counts."""

from dataclasses import dataclass, replace

from tests.bench.series import Load
from tests.bench.shape import Shape


@dataclass(frozen=True)
class Setup:
    """What takes the alerts: the executor, or the floor."""

    shape: Shape
    floor: bool = False
    distant: bool = False  # the exchange, behind 40 ms each way and TLS

    @property
    def name(self):
        return "floor" if self.floor else "executor"


@dataclass(frozen=True)
class Figure:
    """One line of the table. `most` is the ratio that is still well; None: told, not judged."""

    name: str
    unit: str = "ms"
    most: float | None = None
    least: float | None = None  # for what should be high


@dataclass(frozen=True)
class Part:
    """One load on `subject` and, in turn with it, on what it is divided by: a floor, or a smaller executor.

    Without a load only the start counts.
    """

    base: Setup
    subject: Setup
    load: Load | None
    figures: tuple[Figure, ...]


def beside_floor(setup, load, *figures):
    return Part(replace(setup, floor=True), setup, load, figures)


ORDER, ACK = Figure("order p50", most=1.25), Figure("ack p50", most=1.0)
LATENCIES = (ORDER, Figure("order p99"), ACK, Figure("ack p99"))
BURST = (ORDER, Figure("order max", most=1.25), Figure("ack max", most=1.0))
THROUGHPUT = (Figure("per second", "1/s", least=0.8), Figure("cpu"), Figure("memory", "MB"))
START = (Figure("until ready", "s"), Figure("memory", "MB"))
NEAR = Setup(Shape(200))  # lanes enough that no alert waits for the one before it
WIDE = Setup(Shape(500, accounts=2))
FAR = replace(NEAR, distant=True)

PARTS = {
    "start": beside_floor(NEAR, None, *START),
    "sparse": beside_floor(NEAR, Load(20, rate=2), *LATENCIES),
    "steady": beside_floor(NEAR, Load(400, rate=50), *LATENCIES, Figure("cpu")),
    "burst50": beside_floor(WIDE, Load(50), *BURST),
    "burst500": beside_floor(WIDE, Load(500), *BURST),
    "flood": beside_floor(WIDE, Load(1000, senders=16), *THROUGHPUT),
    "relay": beside_floor(FAR, Load(100, rate=10), *LATENCIES),
    "idle": beside_floor(FAR, Load(10, after_idle=True), ORDER, Figure("order max"), ACK),
}
