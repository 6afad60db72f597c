"""The commands, one module each; this one puts them together.

COMMANDS below says which module has which command; `group` imports a module when its command is called. `failing` turns
an error into a sentence and an exit code, `opening` opens the ledger, and `screen` prints tables. `explaining` belongs
to `explain`, `demo_scene` and `demo_cases` to `demo`, `short_ages` to `check`.
"""

import click

from executor.cli.group import Group

COMMANDS = {
    "demo": ("executor.cli.demo", "See alerts become orders: no keys, no network."),
    "serve": ("executor.cli.serve", "Accept alerts and execute them."),
    "check": ("executor.cli.check", "Check config.yaml and run its tests."),
    "explain": ("executor.cli.explain", "Explain what would become of an alert."),
    "orders": ("executor.cli.ledger", "List orders, newest first."),
    "show": ("executor.cli.ledger", "Show the whole story of an alert."),
    "end": ("executor.cli.end", "End a doubt by hand, once its request can no longer run."),
    "senders": ("executor.cli.senders", "List senders, and when each secret was last used."),
    "halt": ("executor.cli.halts", "Send no orders until resumed."),
    "resume": ("executor.cli.halts", "Lift a halt."),
    "password": ("executor.cli.password", "Make the hash of the operator's password."),
    "schema": ("executor.cli.schema", "Print the JSON Schema of config.yaml."),
    "simulator": ("executor.cli.simulator", "Simulate Bitget, to try rules without keys."),
}


@click.group(cls=Group, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", "-c", "config", envvar="EXECUTOR_CONFIG", default="config.yaml", show_default=True,
              show_envvar=True, help="The configuration file.")  # fmt: skip
@click.version_option(package_name="executor", prog_name="executor", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context, config: str) -> None:
    """Turns TradingView alerts into Bitget reversal orders.

    Exit codes: 0 well, 1 known failure, 2 wrong usage, 3 a bug.
    """
    context.obj = config
