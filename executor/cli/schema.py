"""executor schema: the JSON Schema of config.yaml, for editors."""

import json

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of config.yaml."""
    from executor.config import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
