"""GET /metrics for Prometheus. Orders and halts are counted in the ledger, so every process on it gives the same
numbers. What only a process knows comes from the process that answers.
"""

import platform
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from executor.engine.runner import Runner
from executor.ledger import Counts, Overview
from executor.version import installed_version
from executor.web.context import runner
from executor.web.operator.access import granted_monitoring, operator

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

blueprint = Blueprint("metrics", __name__)
ASK_FOR_IT = "the metrics need the operator's metrics_token: send it as Authorization: Bearer"


@blueprint.get("/metrics")
def metrics() -> Response:
    if not granted_monitoring():
        if operator() is None:
            abort(404)
        raise Unauthorized(ASK_FOR_IT, www_authenticate=WWWAuthenticate("bearer"))
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest  # loaded where metrics are read

    return Response(generate_latest(_Collector(runner())), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Collector:
    """What prometheus-client takes for a registry: `collect` raises LedgerUnavailable."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def collect(self) -> "Iterator[Metric]":
        ledger = self._runner.ledger
        yield from _orders(ledger.queries.count_orders())
        yield from _standing(ledger.queries.overview(0))
        yield from _process(self._runner)
        yield _build()


def _orders(counts: Counts) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

    labels = ["account", "symbol", "state"]
    ended = CounterMetricFamily("executor_orders", "Orders that have ended, by how.", labels=labels)
    unfinished = GaugeMetricFamily("executor_orders_unfinished", "Orders that have not ended.", labels=labels)
    for (lane, state), number in sorted(counts.items()):
        (ended if state.final else unfinished).add_metric([lane.account, lane.symbol, state.value], number)
    yield ended
    yield unfinished


def _standing(seen: Overview) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import GaugeMetricFamily

    words = "Lanes whose last decisive order ended incomplete: look at the position."
    yield GaugeMetricFamily("executor_lanes_incomplete", words, value=len(seen.incomplete))
    words = "Halts in force; an empty label stands for all."
    halts = GaugeMetricFamily("executor_halts", words, labels=["account", "symbol"])
    for scope, number in Counter(halt.scope for halt in seen.halts).items():
        halts.add_metric([scope.account or "", scope.symbol or ""], number)
    yield halts
    yield GaugeMetricFamily("executor_processes", "Processes that run lanes on this ledger.", value=seen.nodes)


def _process(runner: Runner) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import GaugeMetricFamily

    words = "Whether the process that answers can read the account's positions."
    readable = GaugeMetricFamily("executor_account_readable", words, labels=["account"])
    troubles = runner.accounts.troubles()
    for account in runner.config.accounts:
        readable.add_metric([account], account not in troubles)
    yield readable
    words = "Whether config.yaml as it was last saved is in force in the process that answers."
    yield GaugeMetricFamily("executor_config_current", words, value=runner.follower.complaint is None)


def _build() -> "Metric":
    from prometheus_client.metrics_core import GaugeMetricFamily

    words = "The versions that the process that answers runs; always 1."
    build = GaugeMetricFamily("executor_build_info", words, labels=["version", "python"])
    build.add_metric([installed_version(), platform.python_version()], 1)
    return build
