"""executor serve: the webhook under gunicorn."""

from pathlib import Path

import click

from executor.server.process import GunicornServer


@click.command(short_help="Accept alerts and execute them.")
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--threads", default=64, show_default=True, type=click.IntRange(1, 256), help="Threads of each.")
@click.pass_obj
def serve(config: str, bind: str, workers: int, threads: int) -> None:
    """Accept alerts and execute them, until Ctrl-C or SIGTERM."""
    GunicornServer(Path(config), bind=bind, workers=workers, threads=threads).run()
