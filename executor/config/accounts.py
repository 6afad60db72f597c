"""`accounts`: where orders go, and with which credentials."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from executor.config.places import BaseUrl
from executor.config.scalars import Flag, duration, text, whole_number
from executor.config.settings import Settings
from executor.config.source import Source
from executor.core.position import Leg, PositionMode
from executor.core.reversal import Parameters

_BITGET = "https://api.bitget.com"
BASE_URLS = {"simulator": "http://127.0.0.1:5020", "demo": _BITGET, "live": _BITGET}

SHORTEST_CREDENTIAL = 8  # Bitget, POST /api/v2/copy/mix-trader/create-copy-api: a passphrase; its keys are longer

Venue = Literal["simulator", "demo", "live"]


def _usable(value: SecretStr) -> SecretStr:
    """What is shorter could be a part of any word, and would not be hidden where the exchange repeats it."""
    credential = value.get_secret_value()
    if len(credential) < SHORTEST_CREDENTIAL:
        raise ValueError(f"no credential of Bitget's is shorter than {SHORTEST_CREDENTIAL} characters: copy all of it")
    if not (credential.isascii() and credential.isprintable() and " " not in credential):
        raise ValueError("it holds a character that no header can carry, such as a line break or a space: copy it anew")
    return value


Credential = Annotated[SecretStr, Field(min_length=1), AfterValidator(_usable)]
TradeSide = Annotated[str, text("a tradeSide such as open", r"[A-Za-z_]{1,20}")]


class Fields(Settings):
    """Fields of the reversal request; null leaves one out, a missing key keeps the built-in value."""

    side: Literal["buy", "sell"] | None = None
    trade_side: TradeSide | None = Field(None, alias="tradeSide")


class Turns(Settings):
    """The two ways a position can turn."""

    long_to_short: Fields = Fields()
    short_to_long: Fields = Fields()


class ParameterTable(Settings):
    """This account's own reading of the reversal table."""

    hedge: Turns = Turns()
    one_way: Turns = Field(Turns(), alias="one-way")
    partial_one_way: Flag = Field(False, description="Whether a one-way account may reverse less than it holds.")

    def compiled(self) -> Parameters:
        modes = {PositionMode.HEDGE: self.hedge, PositionMode.ONE_WAY: self.one_way}
        return Parameters(
            {
                (mode, leg): fields.model_dump(by_alias=True, exclude_unset=True)
                for mode, turns in modes.items()
                for leg, fields in ((Leg.LONG, turns.long_to_short), (Leg.SHORT, turns.short_to_long))
                if fields.model_fields_set
            },
            self.partial_one_way,
        )


class Account(Settings):
    """One account at the exchange."""

    venue: Venue = Field(description="simulator: our own exchange. demo: Bitget's demo trading. live: money.")
    position_mode: Annotated[PositionMode, Field(strict=False)] = Field(
        description="How the account is set at the exchange; checked there, never switched."
    )
    api_key: Credential | None = Field(None, description="Needed for demo and live.")
    api_secret: Credential | None = Field(None, description="Needed for demo and live.")
    api_passphrase: Credential | None = Field(None, description="Needed for demo and live.")
    base_url: BaseUrl | None = Field(None, description="Another host for the same API; the venue's own if left out.")
    rate_limit: Annotated[int, whole_number(1, 1000)] = Field(
        10, description="Reversals per second; 1 for copy-trading traders."
    )
    parameters: ParameterTable = Field(ParameterTable(), description="Overrides of the reversal's request fields.")
    position_max_age: Annotated[timedelta, duration("0", "60s")] = Field(
        timedelta(seconds=1), description="How old a position read may be for a decision; 0 reads before every order."
    )
    late_reads: Annotated[timedelta, duration("0", "5m")] | None = Field(
        None,
        description="How long the exchange's reads may lag behind what has run. Left out: 5s, and 15s where a request "
        "that ran twice would do harm.",
    )
    answered_doubt: Annotated[timedelta, duration("0", "1h")] = Field(
        timedelta(minutes=3),
        description="How long a request that the exchange has answered in doubt may still run, where a second run "
        "would do harm.",
    )

    def credentials(self) -> set[str]:
        """The secrets themselves, as far as they are given."""
        given = (self.api_key, self.api_secret, self.api_passphrase)
        return {secret.get_secret_value() for secret in given if secret}

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        needed = ("api_key", "api_secret", "api_passphrase")
        lacking = [name for name in needed if getattr(self, name) is None]
        if self.venue != "simulator" and lacking:
            raise ValueError(
                f"venue {self.venue} needs {', '.join(lacking)}: write {lacking[0]}: ${{BITGET_{lacking[0].upper()}}}"
            )
        return self


def complain_of_shared_keys(source: Source, accounts: Mapping[str, Account]) -> None:
    """A key has one account. Under two names its positions would be turned by two orders that know nothing of each
    other, and so turned back.
    """
    first: dict[tuple[str, str], str] = {}
    for name, account in accounts.items():
        if account.api_key:
            key = (account.base_url or BASE_URLS[account.venue], account.api_key.get_secret_value())
            other = first.setdefault(key, name)
            if other != name:
                source.complain(
                    ("accounts", name, "api_key"), f"this is the key of account {other} as well: list an account once"
                )


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """An account with everything filled in."""

    name: str
    venue: Venue
    position_mode: PositionMode
    api_key: SecretStr
    api_secret: SecretStr
    api_passphrase: SecretStr
    base_url: str
    rate_limit: int
    parameters: Parameters
    position_max_age: timedelta
    late_reads: timedelta | None
    answered_doubt: timedelta

    @property
    def key_mark(self) -> str:
        """Tells the accounts at the exchange apart, whatever they are called here. It does not give the key away."""
        return hashlib.sha256(f"{self.base_url}\n{self.api_key.get_secret_value()}".encode()).hexdigest()[:12]

    @classmethod
    def of(cls, name: str, account: Account) -> Self:
        """The simulator takes any credentials; an account's name as its key keeps the accounts apart."""
        return cls(
            name=name,
            venue=account.venue,
            position_mode=account.position_mode,
            api_key=account.api_key or SecretStr(name),
            api_secret=account.api_secret or SecretStr("simulator"),
            api_passphrase=account.api_passphrase or SecretStr("simulator"),
            base_url=account.base_url or BASE_URLS[account.venue],
            rate_limit=account.rate_limit,
            parameters=account.parameters.compiled(),
            position_max_age=account.position_max_age,
            late_reads=account.late_reads,
            answered_doubt=account.answered_doubt,
        )
