"""Alerts: a body's bytes in, fields out, whatever shape TradingView's message has.

Read `decoding` first: it finds the format. `json_body`, `pairs` and `sentence` read one format each; `tokens` and
`faults` say what is wrong with a body and where, without a word of what it holds (`undecodable`). `fields` is what
rules see: the alert, paths into it, what counts as a number.
"""

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
