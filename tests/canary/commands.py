"""What the commands say on a machine full of canaries."""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from executor.cli import main
from executor.cli.failing import BUG, KNOWN_FAILURE
from tests.canary.planted import Planted


class Commands:
    """The part of the stage that runs commands; all that they say is kept in `commands`."""

    folder: Path
    config: Path
    commands: list[str]
    receipts: list[str]
    environ: dict[str, str]
    planted: Planted
    body: Callable[..., dict]

    def check(self, text):
        """The same for the commands."""
        broken = self.folder / "broken.yaml"
        broken.write_text(text)
        assert self.run("check", config=broken) == KNOWN_FAILURE, self.commands[-1]
        for command in ("senders", "orders"):  # they need little of it
            self.run(command, config=broken)
        self.run("explain", "-", told=json.dumps(self.body()), config=broken)

    def command_everything(self):
        planted = self.planted
        proving = json.dumps(self.body(secret=planted.body_secret, note=planted.body_secret))
        self.run("check")
        self.run("check", "--online")
        for sender in ([], ["--sender", "body"], ["--sender", "nobody"]):
            self.run("explain", "-", *sender, told=proving)
            self.run("explain", "-", *sender, "--json", told=proving)
            self.run("explain", "-", *sender, told=proving + planted.body_secret)
        for command in (
            ["senders"],
            ["orders"],
            ["halt", "--reason", "a test"],
            ["resume"],
            ["schema"],
            ["show", "none"],
        ):
            self.run(*command)
        for receipt in self.receipts:
            self.run("show", receipt)

    def start_badly(self, good):
        """A server that cannot start, and commands whose ledger cannot be reached."""
        away = f"ledger: postgresql+psycopg://user:{self.planted.ledger_password}@127.0.0.1:1/none #"
        for text in (good.replace("ledger:", away), good.replace("target:", f"{self.planted.inline}:")):
            broken = self.folder / "broken.yaml"
            broken.write_text(text)
            for command in (["orders"], ["show", "none"], ["senders"], ["halt"]):
                self.run(*command, config=broken)
            done = subprocess.run(
                [sys.executable, "-m", "executor", "--config", str(broken), "serve", "--bind", "127.0.0.1:0"],
                env=os.environ | self.environ,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == KNOWN_FAILURE, done.stderr
            self.commands.append(done.stdout + done.stderr)

    def run(self, *arguments, told="", config=None):
        done = CliRunner().invoke(main, ["--config", str(config or self.config), *arguments], told, env=self.environ)
        trouble = "".join(traceback.format_exception(done.exception)) if done.exit_code == BUG else ""
        self.commands.append(f"{arguments} {done.exit_code} {done.output} {trouble}")
        return done.exit_code
