"""The commands. One module each; this one puts them together."""

import click

from executor.cli import check, demo, explain, halts, ledger, schema, serve, simulator
from executor.cli.failing import Group


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.option("--config", "-c", "config", envvar="EXECUTOR_CONFIG", default="config.yaml", show_default=True,
              help="The configuration file.")  # fmt: skip
@click.pass_context
def main(context: click.Context, config: str) -> None:
    """Turns TradingView alerts into Bitget reversal orders.

    Exit codes: 0 well, 1 known failure, 2 wrong usage, 3 a bug.
    """
    context.obj = config


for command in (
    demo.demo,
    serve.serve,
    check.check,
    explain.explain,
    ledger.orders,
    ledger.show,
    halts.halt,
    halts.resume,
    schema.schema,
    simulator.simulator,
):
    main.add_command(command)
