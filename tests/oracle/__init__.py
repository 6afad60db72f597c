"""Judges what an executor did by what the exchange saw of it, and by what its ledger says.

Written from what is promised: nothing here asks the executor's code. All times are milliseconds of the exchange's
clock, which no test steps.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import inf
from typing import Any

from executor.core.order import State, WhenFlat
from tests.oracle.held import History
from tests.oracle.posts import Post

LOUD = {State.INCOMPLETE, State.REJECTED, State.EXPIRED, State.DENIED, State.ENDED}
AWAY = {
    "long": {"short"},
    "short": {"long"},
    "flat": {"long", "short"},
    "exit-long": {"long"},
    "exit-short": {"short"},
}
SLACK_MS = 5  # between two clocks' readings of one moment
OLD_READ_MS = 1500  # position_max_age and the way of a request: what was decided from may be so old when it arrives


@dataclass(frozen=True)
class Terms:
    """How long requests may run: by their signature, and where they were answered in doubt. How far reads lagged."""

    lifetime_ms: int
    answered_doubt_ms: int
    lag_ms: int = 0


@dataclass(frozen=True)
class Finding:
    """A promise that was broken: lost, twice, wrong_side, unfinished, early, freed, old_read, unwritten or starved."""

    kind: str
    text: str

    def __str__(self):
        return f"{self.kind}: {self.text}"


@dataclass
class Oracle:
    """`came`: by receipt, the moment just before its alert was handed over."""

    exchange: Any
    orders: Sequence[Any]
    came: dict[str, float]
    terms: Terms
    findings: list[Finding] = field(default_factory=list)

    def judge(self):
        """All findings of a day that is over."""
        with self.exchange.lock:
            self.posts = [Post.of(dict(entry)) for entry in self.exchange.journal]
            lanes = {order.intent.lane for order in self.orders} | {post.lane for post in self.posts}
            self.history = {lane: History.of(self.exchange.accounts[lane.account], lane.symbol) for lane in lanes}
        self.by_id = {order.id: order for order in self.orders}
        self.judge_requests()
        for lane in sorted(lanes):
            mine = sorted((post for post in self.posts if post.lane == lane), key=lambda post: post.came_ms)
            self.judge_moments(mine)
            self.judge_guards(mine)
            self.judge_lane(lane)
        return self.findings

    def find(self, kind, *told):
        self.findings.append(Finding(kind, " | ".join(map(str, told))))

    # Requests

    def judge_requests(self):
        """Each one is written down before it leaves; one that ran is of an order that says so, once."""
        runs = {}
        for post in self.posts:
            order = self.by_id.get(post.order_id)
            names = {send.client_order_id for send in order.sends} if order else set()
            if "clientOid" in post.body and post.body["clientOid"] not in names:
                self.find("unwritten", post, order)
            if order and post.ran_ms is not None:
                self.judge_run(order, post)
                runs.setdefault(order.id, []).append(post)
        for order_id, ran in runs.items():
            for one, other in pairwise(sorted(ran, key=lambda post: post.ran_ms)):
                if not self.history[one.lane].moved_by_hand(one.ran_ms - 1, other.ran_ms):
                    self.find("twice", one, other, self.by_id[order_id])

    def judge_run(self, order, post):
        if order.state is State.REJECTED:
            self.find("wrong_side", "a rejected order ran", order, post)
        toward = order.intent.target.value
        away = {"long": "short", "short": "long"}.get(toward)
        if away is None:
            return
        grew = float(post.after.get(toward, 0)) > float(post.before.get(toward, 0))
        shrank = float(post.after.get(away, 0)) <= float(post.before.get(away, 0))
        oldest = post.came_ms - OLD_READ_MS - self.terms.lag_ms
        if not (grew and shrank) and not self.history[post.lane].moved_by_hand(oldest, post.ran_ms):
            self.find("wrong_side", "it moved the position away from its target", order, post)

    def harms(self, post):
        """Whether a second run of it leaves another position than the first."""
        if self.exchange.accounts[post.lane.account].settings.mode == "one_way_mode":
            return True
        if post.closes is None:
            return post.endpoint == "place-order"
        seen = self.history[post.lane].since(post.came_ms - OLD_READ_MS - self.terms.lag_ms, post.came_ms)
        return float(post.body.get("size", "inf")) < min(float(legs.get(post.closes, 0)) for legs in seen)

    def anticipated(self, post):
        """Whether a person may have made an accepted order's plan before it ran and before the first look at it.

        That look cannot know, and not every accepted order is asked for by its id.
        """
        until = post.came_ms + OLD_READ_MS + self.terms.lag_ms
        return post.answer == "working" and self.history[post.lane].moved_by_hand(post.came_ms, until)

    def may_run_until(self, post):
        """Until when its client could not know that it runs no more."""
        if post.answer == "working":
            return post.came_ms if self.anticipated(post) else post.ended_ms
        life = self.terms.lifetime_ms
        if post.answer == "doubt" and self.harms(post):
            life = max(life, self.terms.answered_doubt_ms)
        return min(post.ended_ms, post.answered_ms if post.answer == "clear" else post.signed_ms + life)

    def judge_moments(self, posts):
        """No request leaves while an unclear one of its lane could run, and no lane is free meanwhile."""
        for one, other in combinations(posts, 2):
            if other.came_ms + SLACK_MS < (until := self.may_run_until(one)):
                self.find("early", f"{until - other.came_ms:.0f} ms too early", one, other)
        for post in posts:
            late = post.ran_ms is not None and post.puts_off
            looked = self.exchange.later.look_before(post.came_ms, post.ran_ms) if late else None
            excused = self.anticipated(post) or (post.answer == "doubt" and not self.harms(post))
            if looked is not None and post.order_id not in looked and not excused:
                self.find("freed", "its order was not in flight when it ran", post, self.by_id.get(post.order_id))

    def judge_guards(self, posts):
        """After a whole turn that was answered in doubt, nothing builds up that leg again while it may run."""
        for one, other in combinations(posts, 2):
            if one.answer != "doubt" or one.closes is None or other.builds_up != one.closes:
                continue
            until = min(one.ended_ms, one.signed_ms + self.terms.answered_doubt_ms)
            if other.came_ms + SLACK_MS < until and not self.harms(one):
                self.find("early", f"it builds up what may be closed for {until - other.came_ms:.0f} ms", one, other)

    # Ends

    def judge_lane(self, lane):
        orders = [order for order in self.orders if order.intent.lane == lane]
        for order in orders:
            if not order.state.final:
                self.find("unfinished", order)
            if order.state is State.UNNEEDED:
                self.judge_unneeded(order)
        if orders:
            self.judge_newest(max(orders, key=lambda order: (order.arrived_at, order.seq)))

    def judge_newest(self, newest):
        """The lane holds what its newest signal wants, or that is said loudly, or a person has changed it since."""
        history, since = self.history[newest.intent.lane], self.came.get(newest.receipt, -inf) - self.terms.lag_ms
        target, whole = newest.intent.target.value, newest.intent.whole

        def right(legs):
            return (set(legs) == {target} if whole else target in legs) or (newest.state is State.UNNEEDED and not legs)

        if any(self.anticipated(post) for post in self.posts if post.order_id == newest.id):
            return
        if newest.state not in LOUD and not right(history.now) and not history.left_by_hand(right, since):
            self.find("wrong_side", f"{newest.intent.lane} holds {history.now}", newest, history)

    def judge_unneeded(self, order):
        """There was nothing to do at some moment after its alert came."""
        target = order.intent.target.value
        away = AWAY[target]
        ignores_flat = order.intent.when_flat is WhenFlat.IGNORE
        seen = self.history[order.intent.lane].since(self.came.get(order.receipt, -inf) - self.terms.lag_ms)
        if not any(not away & set(legs) and (legs or ignores_flat or target not in ("long", "short")) for legs in seen):
            self.find("old_read", order, seen)


def counted(findings):
    return Counter(finding.kind for finding in findings)
