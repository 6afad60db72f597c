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
    postgresql: bool = False  # the ledger, instead of SQLite
    orders: int = 0  # in the ledger beforehand
    restarted: bool = False  # on a ledger whose lanes have all been used
    workers: int = 1  # processes
    sync_ms: int = 0  # what the disk takes for each fsync beyond its own time
    proxy: str = ""  # in front: nginx or caddy
    peers: bool = False  # beside the alerts: slow, silent and holding clients

    @property
    def name(self):
        return "floor" if self.floor else "executor"


@dataclass(frozen=True)
class Figure:
    """One line of the table. `most` is the highest good ratio, `least` the lowest, `under` the executor's highest good
    value. A figure without any is shown and not judged: what a user notices is judged, not CPU and memory.
    """

    name: str
    unit: str = "ms"
    most: float | None = None
    least: float | None = None  # for what should be high
    under: float | None = None


@dataclass(frozen=True)
class Part:
    """One load on `subject` and, in turn with it, on what it is divided by: a floor, or a smaller executor.

    Without a load only the start counts, and the rest after it.
    """

    base: Setup
    subject: Setup
    load: Load | None
    figures: tuple[Figure, ...]
    title: str = ""  # in the table, if its name says too little
    fresh: bool = False  # every round starts anew


def growing(title, base, load, *figures, fresh=False, **differing):
    return Part(base, replace(base, **differing), load, figures, title, fresh)


def beside_floor(setup, load, *figures, fresh=False):
    return Part(replace(setup, floor=True), setup, load, figures, fresh=fresh)


LATENCIES = (Figure("order p50", most=1.5), Figure("order p99"), Figure("ack p50", most=1.2), Figure("ack p99"))
CPU = Figure("cpu")
BURST = (Figure("order p50"), Figure("order max"), Figure("ack max", under=1500))
HALF_A_ROUND_TRIP = (Figure("order p50", under=46), Figure("order max"), Figure("ack p50"))
THROUGHPUT = (Figure("acked per second", "1/s", least=0.8), Figure("cpu"), Figure("memory", "MB"))
START = (Figure("until ready", "s", under=1.5), Figure("memory", "MB"), Figure("cpu at rest", "ms/s"))
TOLD = (Figure("order p50"), Figure("ack p50"), Figure("until ready", "s"), Figure("memory", "MB"))
GROWN = (
    Figure("order p50", most=1.15),
    Figure("ack p50", most=1.15),
    Figure("until ready", "s"),
    Figure("memory", "MB"),
)
SYNCED = (Figure("order p50"), Figure("order p99"), Figure("ack p50"), Figure("ack p99"))
UNDISTURBED = (Figure("ack p50"), Figure("ack p99", most=2))
NEAR = Setup(Shape(100))  # lanes enough that no alert waits for the one before it: each gets one every two seconds
FEW = Setup(Shape(20))  # all of them used while warming up
WIDE = Setup(Shape(500, accounts=2))
FAR = replace(NEAR, distant=True)
BEHIND_NGINX, BEHIND_CADDY = replace(NEAR, proxy="nginx"), replace(NEAR, proxy="caddy")

PARTS = {
    "start": beside_floor(NEAR, None, *START, fresh=True),
    "sparse": beside_floor(FEW, Load(60, rate=2), *LATENCIES, CPU),
    "steady": beside_floor(NEAR, Load(400, rate=50), *LATENCIES, CPU),
    "burst50": beside_floor(WIDE, Load(50), *BURST),
    "burst500": beside_floor(WIDE, Load(500), *BURST),
    "flood": beside_floor(WIDE, Load(1000, senders=16), *THROUGHPUT),
    "relay": beside_floor(FAR, Load(100, rate=10), *HALF_A_ROUND_TRIP),
    "idle": beside_floor(FAR, Load(10, rate=2, after_idle=True), *HALF_A_ROUND_TRIP),
    "ledger": growing("0 → 1,000,000 orders", FEW, Load(80, rate=8), *GROWN, orders=1_000_000),
    "rules": growing("10 → 10,000 rules", NEAR, Load(200, rate=50), *GROWN, shape=Shape(100, rules=10_000)),
    "lanes": growing("10 → 1,000 lanes", Setup(Shape(10)), Load(40, rate=4), *GROWN, shape=Shape(1000)),
    "accounts": growing("1 → 20 accounts", FEW, Load(80, rate=8), *GROWN, shape=Shape(20, accounts=20, rules=20)),
    "postgresql": growing("SQLite → PostgreSQL", NEAR, Load(200, rate=50), *TOLD, postgresql=True),
    "restart": growing("first start → second", NEAR, Load(200, rate=50), *GROWN, fresh=True, restarted=True),
    "workers": growing("1 → 2 processes", NEAR, Load(200, rate=50), *TOLD, workers=2),
    "fsync": growing("disk → + 10 ms a sync", NEAR, Load(100, rate=20), *SYNCED, sync_ms=10),
    "nginx": growing("nginx: alone → bad clients", BEHIND_NGINX, Load(200, rate=50), *UNDISTURBED, peers=True),
    "caddy": growing("Caddy: alone → bad clients", BEHIND_CADDY, Load(200, rate=50), *UNDISTURBED, peers=True),
}
