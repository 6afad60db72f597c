"""Alerts: a body's bytes in, fields out, whatever shape TradingView's message has."""

from executor.core.alert.decoding import Format, decode
from executor.core.alert.fields import MISSING, Alert, Fields, Missing, as_number, lookup, unreplaced
from executor.core.alert.undecodable import Undecodable

__all__ = [
    "MISSING",
    "Alert",
    "Fields",
    "Format",
    "Missing",
    "Undecodable",
    "as_number",
    "decode",
    "lookup",
    "unreplaced",
]
