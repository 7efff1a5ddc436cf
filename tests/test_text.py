"""Cleaning keeps what a person meant and nothing else."""
import pytest

from bot.text import clean, plain, sentences


@pytest.mark.parametrize("raw, expected", [
    ("  hello \n there ", "hello there"),
    ("/restart", "restart"),
    (" \t//show_fact{\"fact\":\"x\"}", "show_fact{\"fact\":\"x\"}"),
    ("a\u0000b\u200bc\u202ed", "a b c d"),
    ("\ud800 lone surrogate", "lone surrogate"),
    ("", ""),
    (None, ""),
    ({"a": 1}, ""),
])
def test_clean(raw, expected):
    assert clean(raw) == expected


@pytest.mark.parametrize("raw, expected", [
    ("I can\u2019t pee", "i cannot pee"),
    ("She's not well, I'm scared", "she is not well, i am scared"),
    ("I DONT know", "i do not know"),
    ("can not", "cannot"),
])
def test_plain_writes_long_forms(raw, expected):
    assert plain(raw) == expected


def test_sentences_do_not_split_decimals():
    assert sentences("Temp is 38.5 today. What now?") == ["Temp is 38.5 today.", "What now?"]
