"""What Bitget's codes mean. A new code is one word in this table.

Source: Bitget, "RestAPI error codes". The codes were renumbered in 2025-10 and both families still arrive.
"""

from enum import StrEnum
from typing import NamedTuple


class Meaning(StrEnum):
    """What a code says about the request it answers."""

    ACCEPTED = "accepted"
    IN_DOUBT = "in_doubt"  # it may have been carried out
    LATER = "later"
    CLOCK = "clock"
    CREDENTIALS = "credentials"
    RESTRICTED = "restricted"
    UNIFIED = "unified"
    WRONG_ENVIRONMENT = "wrong_environment"
    MODE = "mode"
    SYMBOL = "symbol"
    NOTHING_TO_CLOSE = "nothing_to_close"
    BALANCE = "balance"
    SIZE = "size"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not_found"


class Row(NamedTuple):
    """The codes of one meaning, and what to do about it."""

    codes: str
    advice: str


TABLE: dict[Meaning, Row] = {
    Meaning.ACCEPTED: Row("00000", "nothing is to be done"),
    Meaning.IN_DOUBT: Row(
        "40010 40015 40725 40910 45001 50031",
        "the exchange does not know the outcome itself: read the position and look the order up",
    ),
    Meaning.LATER: Row(
        "429 22043 22044 22067 40200 40844 40859 40908 41114 43115 45043 45119 50066",
        "the exchange is busy or under maintenance and did nothing: read the position again and try later",
    ),
    Meaning.CLOCK: Row(
        "40005 40008", "the timestamp is over 30 s off the exchange's clock: synchronise and sign again"
    ),
    Meaning.CREDENTIALS: Row(
        "22010 40001 40002 40003 40006 40009 40011 40012 40014 40018 40036 40037 40038 40040 40041",
        "check the account's api_key, api_secret and api_passphrase, the key's futures trading permission, and its "
        "IP whitelist",
    ),
    Meaning.RESTRICTED: Row(
        "40000 40022 40023 40024 40025 40026 40104 40710 45009",
        "the exchange has restricted or frozen this account: ask its support",
    ),
    Meaning.UNIFIED: Row(
        "40085",
        "this is a unified trading account, whose API has no reversal: use a sub-account in classic mode",
    ),
    Meaning.WRONG_ENVIRONMENT: Row(
        "40099",
        "a demo key was used for live trading or a live key for demo trading: correct the account's venue or its key",
    ),
    Meaning.MODE: Row(
        "400172 40774 43075 45020 45021",
        "the account's position mode is not the one of the request: make position_mode in config.yaml what the "
        "exchange's app shows for this product type",
    ),
    Meaning.SYMBOL: Row(
        "22004 40034 40072 40102 40309 40845 41113",
        "this symbol is unknown, offline, or not open to the API: check the symbol and its product_type",
    ),
    Meaning.NOTHING_TO_CLOSE: Row(
        "22002 40757 43043 45003 45005 45006",
        "the exchange finds no such position to close or reverse: read the position",
    ),
    Meaning.BALANCE: Row(
        "40754 40762 40798 40800 43012 45002",
        "the margin does not suffice: add funds, or lower the size or the leverage",
    ),
    Meaning.SIZE: Row(
        "22034 22038 40808 40921 43006 43007 43037 45110 45111 45112 45113 45114 45120",
        "the size is too small, too large, or not a multiple of the contract's step: change the rule's size",
    ),
    Meaning.DUPLICATE: Row("40708 40786 43118 45034 50060", "an earlier order holds this clientOid: look it up"),
    Meaning.NOT_FOUND: Row("40109 40768 40819 43001 45057", "the exchange knows no such order, or not yet"),
}
CODES: dict[str, Meaning] = {code: meaning for meaning, row in TABLE.items() for code in row.codes.split()}


def sentence(code: str, message: str) -> str:
    """What the exchange said, in its words, and what to do about it."""
    meaning = CODES.get(code)
    advice = TABLE[meaning].advice if meaning else "this code is not known here: look it up in Bitget's list"
    return f"Bitget says {code} {message!r}: {advice}"
