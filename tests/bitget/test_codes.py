import pytest

from executor.bitget.codes import CODES, TABLE, Meaning, sentence


def test_no_code_has_two_meanings() -> None:
    assert len(CODES) == sum(len(row.codes.split()) for row in TABLE.values())


def test_every_meaning_has_codes_and_advice() -> None:
    assert set(TABLE) == set(Meaning)
    assert all(row.codes and row.advice for row in TABLE.values())


@pytest.mark.parametrize(
    ("codes", "meaning"),
    [
        ("00000", "accepted"),
        ("40010 40725 45001 40015 40910 50031", "in_doubt"),
        ("429 40200 40908 50066 40859 40844 41114 45043 43115 45119 22043 22044 22067", "later"),
        ("40005 40008", "clock"),
        ("40001 40002 40003 40006 40009 40011 40012 40014 40018 40036 40037 40038 40040 40041 22010", "credentials"),
        ("40022 40023 40024 40025 40026 40710 45009 40000 40104", "restricted"),
        ("40085", "unified"),
        ("40099", "wrong_environment"),
        ("40774 45021 43075 45020 400172", "mode"),
        ("40034 40072 40102 40309 40845 41113 22004", "symbol"),
        ("22002 43043 40757 45003 45005 45006", "nothing_to_close"),
        ("40754 43012 45002 40798 40800 40762", "balance"),
        ("45110 45111 45114 43006 43037 22034 40808 22038 45112 43007 45113 40921 45120", "size"),
        ("40786 45034 43118 40708 50060", "duplicate"),
        ("40109 40768 43001 45057 40819", "not_found"),
    ],
)
def test_the_documented_codes_and_no_others(codes: str, meaning: str) -> None:
    assert {code for code, found in CODES.items() if found == meaning} == set(codes.split())


def test_a_sentence_has_the_exchanges_words_and_what_to_do() -> None:
    assert sentence("40774", "unilateral position").startswith("Bitget says 40774 'unilateral position': ")
    assert "position_mode" in sentence("40774", "")
    assert "classic" in sentence("40085", "")
    assert "not known" in sentence("99999", "")
