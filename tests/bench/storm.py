"""python -m tests.bench.storm: right alerts, five a second, while strangers send costly bodies on 200 connections.

Through the shipped nginx; first the strangers have one address, then 200. Exits 1 unless each alert is acknowledged
within 500 ms.
"""

import sys
import tempfile
from pathlib import Path

import click

from tests.deploy.proxies import Proxy
from tests.deploy.storm import Open, storm, waits

MOST_SECONDS = 0.5
RATE = 5


def round_of(folder, addresses, seconds):
    """Whether every alert was in time while strangers attack from this number of addresses."""
    (folder / "nginx").mkdir(parents=True)
    deployed = Open(folder)
    upstream = deployed.url.removeprefix("http://")
    nginx = Proxy("nginx", folder / "nginx", upstream, deployed.certificate, deployed.proxy_secret)
    try:
        with storm(nginx.url, deployed.certificate[0], addresses) as told:
            waited, statuses = waits(lambda: deployed.send("here", nginx), int(seconds * RATE), 1 / RATE)
    finally:
        nginx.stop()
        deployed.stop()
    p50, p99, worst = (1000 * waited[int(part * (len(waited) - 1))] for part in (0.5, 0.99, 1))
    click.echo(
        f"strangers at {addresses:3} addresses: ack p50 {p50:.0f} ms, p99 {p99:.0f}, worst {worst:.0f}; {statuses}"
    )
    click.echo(f"  and they were answered {told[0]}")
    return waited[-1] <= MOST_SECONDS and statuses == {202}


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="Of each of the two rounds.")
def main(seconds):
    with tempfile.TemporaryDirectory() as folder:
        well = [round_of(Path(folder) / str(addresses), addresses, seconds) for addresses in (1, 200)]
    sys.exit(not all(well))


if __name__ == "__main__":
    main()
