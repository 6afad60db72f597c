"""What befalls the processes, the clocks, the files and the positions while alerts come."""

import os
import signal
import threading
import time
from contextlib import suppress

import requests

from tests.clock import step_process

FROZEN_SECONDS = 6.5  # longer than a process's lease of 5 s
EVERY_SECONDS = 1.0
STEPS = [-120, -5, -1, 0, 0, 1, 5, 30, 120]  # how many seconds a clock is off after a step


class Trouble:
    """Threads that make it until `over` is set."""

    def __init__(self, plan, chance, nodes, clocks, simulator, config, books, over):
        """`clocks` are the files that say how far each node's clock is off."""
        self.plan, self.chance, self.nodes, self.clocks, self.simulator = plan, chance, nodes, clocks, simulator
        self.config, self.text, self.books, self.over = config, config.read_text(), books, over
        self.threads = [threading.Thread(target=self._processes), threading.Thread(target=self._rest)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join()
        self._save(self.text)

    def _processes(self):
        """Every third time a worker is frozen, and with several nodes sometimes a whole one is killed."""
        count = 0
        while not self.over.wait(self.plan.kill_every_seconds):
            count += 1
            node = self.chance.choice(self.nodes)
            if count % 3 == 2:
                self._freeze(node)
            elif self.plan.nodes > 1 and count % 4 == 0:
                node.kill()
                node.start()
                self.books.kills += 1
            else:
                node.kill_worker(self.chance)
                self.books.kills += 1

    def _freeze(self, node):
        if not (workers := node.workers()):
            return
        pid = self.chance.choice(workers)
        os.kill(pid, signal.SIGSTOP)
        self.books.freezes += 1
        time.sleep(FROZEN_SECONDS)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def _rest(self):
        while not self.over.wait(EVERY_SECONDS):
            self._move()
            if self.chance.random() < 0.2:
                self._step()
            if self.chance.random() < 0.2:
                self._save(f"{self.text}# saved {self.books.saves}\n")
                self.books.saves += 1

    def _move(self):
        """A person turns or adds to a position."""
        account = self.chance.choice(["hedge", "net"])
        symbol = self.chance.choice([name for name in self.plan.names if name not in self.plan.healthy])
        held = {"long": "0", "short": "0"} | self.simulator.exchange.accounts[account].sizes(symbol)
        turned = {"long": held["short"], "short": held["long"]}
        legs = self.chance.choice([turned, {"long": "10", "short": "0"}, {"long": "0", "short": "7"}])
        ask = {"account": account, "symbol": symbol} | legs
        requests.post(f"{self.simulator.url}/simulator/position", json=ask, timeout=5).raise_for_status()
        self.books.moves += 1

    def _step(self):
        """A machine's clock is stepped."""
        step_process(self.chance.choice(self.clocks), self.chance.choice(STEPS))
        self.books.steps += 1

    def _save(self, text):
        new = self.config.with_suffix(".new")
        new.write_text(text)
        new.replace(self.config)
