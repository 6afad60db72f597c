"""executor senders: who may send alerts, and which of their secrets are still in use."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import click
from rich.table import Table
from rich.text import Text

from executor.cli.opening import opened
from executor.cli.screen import console, facts, table
from executor.config import Config, load, outline, secret_labels
from executor.core.sender import Sender
from executor.engine.senders.secret_uses import mark
from executor.ledger import SecretUse

NEVER = "never"


@dataclass(frozen=True)
class Secret:
    """One of a sender's secrets: its place in the list (from 1), what it is called, and its uses, newest first."""

    position: int
    label: str
    uses: Sequence[SecretUse]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def senders(config: str, as_json: bool) -> None:
    """List the senders, and when each of their secrets was last used.

    Each secret is named by its place in the list and what config.yaml calls it. A use shows after a minute at most.
    """
    loaded, labels = load(config, os.environ), secret_labels(config, os.environ)
    with opened(outline(config, os.environ)) as ledger:
        uses = ledger.secret_uses.all()
    found = {name: list(_secrets(sender, labels, uses)) for name, sender in loaded.senders.items()}
    if as_json:
        click.echo(json.dumps([_json(loaded, name, secrets) for name, secrets in found.items()], indent=2))
        return
    for name, secrets in found.items():
        console().print(Text(name, "bold"))
        console().print(facts(_facts(loaded, name)))
        console().print(_table(secrets))
        console().print()


def _secrets(sender: Sender, labels: Mapping[tuple[str, int], str], uses: Sequence[SecretUse]) -> Iterator[Secret]:
    for at, secret in enumerate(sender.secrets):
        mine = (sender.name, mark(sender.name, secret))
        yield Secret(at + 1, labels[sender.name, at], [use for use in uses if (use.sender, use.mark) == mine])


def _facts(config: Config, name: str) -> list[tuple[str, str]]:
    may = config.book.may.get(name)
    certificate = config.senders[name].certificate
    told = [("accepts", ", ".join(_ways(config.senders[name]))), ("from", _from(config, name))]
    told += [("certificate", str(certificate))] if certificate else []
    return [*told, ("may use", str(may))] if may else told


def _ways(sender: Sender) -> list[str]:
    return sorted(sender.accept)


def _networks(config: Config, name: str) -> list[str] | None:
    return config.model.senders[name].networks


def _from(config: Config, name: str) -> str:
    names = _networks(config, name)
    return "anywhere" if names is None else ", ".join(names)


def _certificate(sender: Sender) -> dict[str, object] | None:
    rule = sender.certificate
    if rule is None:
        return None
    return {"organization": rule.organization, "email": rule.email, "fingerprints": sorted(rule.fingerprints)}


def _table(secrets: Sequence[Secret]) -> Table:
    shown = table("  secret", "last used (UTC)", "how")
    for secret in secrets:
        at, way = (f"{secret.uses[0].last_used_at:%Y-%m-%d %H:%M}", secret.uses[0].way) if secret.uses else (NEVER, "")
        shown.add_row(Text(f"  {secret.position}  {secret.label}"), Text(at, "default" if secret.uses else "dim"), way)
    return shown


def _json(config: Config, name: str, secrets: Sequence[Secret]) -> dict[str, object]:
    return {
        "sender": name,
        "accept": _ways(config.senders[name]),
        "networks": _networks(config, name),
        "certificate": _certificate(config.senders[name]),
        "may": config.book.may[name].to_json() if name in config.book.may else None,
        "secrets": [
            {
                "position": secret.position,
                "label": secret.label,
                "last_used": {use.way: _iso(use.last_used_at) for use in secret.uses},
            }
            for secret in secrets
        ],
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
