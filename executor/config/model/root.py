"""config.yaml as a whole. Every key's type and default stands in the section it belongs to, and nowhere else."""

from typing import Annotated

from pydantic import Field, SecretStr

from executor.config.model.accounts import AccountSection
from executor.config.model.addresses import LedgerUrl
from executor.config.model.operator import OperatorSection
from executor.config.model.proxies import ProxiesOrHops
from executor.config.model.rules import RuleSection
from executor.config.model.scalars import Name, whole_number
from executor.config.model.section import Section
from executor.config.model.senders import SenderSection
from executor.config.model.symbols import SymbolName, SymbolSection
from executor.config.model.tests import RuleTest


class Root(Section):
    """The executor's configuration."""

    version: Annotated[int, whole_number(1, 1)] = Field(description="The version of this format.")
    ledger: LedgerUrl = Field(SecretStr("sqlite:///executor.db"), description="Where everything is recorded.")
    proxies: ProxiesOrHops = Field(0, description="The trusted proxies in front: how many, or with their secret.")
    operator: OperatorSection | None = None
    accounts: dict[Name, AccountSection] = Field(min_length=1)
    senders: dict[Name, SenderSection] = Field(min_length=1)
    symbols: dict[SymbolName, SymbolSection] = Field(min_length=1)
    rules: list[RuleSection] = Field(min_length=1)
    tests: list[RuleTest] = Field([], description="Run by `executor check`, and before new rules are taken over.")
