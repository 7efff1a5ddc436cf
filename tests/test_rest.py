"""The REST channel when something behind it breaks: an honest message, danger first, nothing logged of the words."""
import asyncio
import logging

import pytest

from bot.channels.rest import answer


async def broken(message):
    raise ConnectionError("the database is gone")


async def silent(message):
    pass


@pytest.mark.parametrize("behind", [broken, silent])
def test_an_outage_is_said_and_never_silence(behind, caplog):
    with caplog.at_level(logging.DEBUG):
        [reply] = asyncio.run(answer(behind, "a", "my secret is Rumpelstiltskin"))
    assert reply["recipient_id"] == "a" and reply["text"].startswith("Sorry, something went wrong on my side")
    assert "Rumpel" not in caplog.text and "{" not in reply["text"]


def test_danger_is_answered_even_then():
    first, second = asyncio.run(answer(broken, "a", "my legs are numb and I cannot pee"))
    assert "spine" in first["text"] and second["text"].startswith("Sorry")


def test_what_was_said_before_the_fault_still_arrives():
    async def half(message):
        await message.output_channel.send_text_message(message.sender_id, "first words")
        raise ConnectionError

    assert [r["text"] for r in asyncio.run(answer(half, "a", "x"))] == ["first words"]


def test_people_of_different_channels_are_kept_apart():
    seen = []

    async def note(message):
        seen.append(message.sender_id)

    asyncio.run(answer(note, "a", "x"))
    assert seen == ["rest:a"]
