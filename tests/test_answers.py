"""How an answer looks: what was understood first, every fact with a dated source, at most three buttons."""
import json

import pytest

from bot import answers
from bot.store import store

FACT_WITH_FIGURES = next(f for f in store().shown() if f.figures)
FACT_WITH_LONG_DETAIL = next(f for f in store().shown() if f.detail and not f.figures and not answers.said_whole([f.id], store()))


@pytest.mark.parametrize("iso, words", [("2025", "2025"), ("2025-03", "March 2025"), ("2025-03-04", "4 March 2025")])
def test_dates_in_words(iso, words):
    assert answers.day(iso) == words


def test_the_first_words_name_the_term_that_was_understood():
    fact = next(f for f in store().shown() if f.about.get("drug") == ("palbociclib",))
    assert answers.answer([fact.id], store(), [("drug", "palbociclib")]).text.startswith("About palbociclib:")


def test_a_fact_about_another_drug_is_called_the_nearest():
    fact = next(f for f in store().shown() if f.about.get("drug") == ("palbociclib",) and not answers.named_by_title(f, f))
    assert answers.answer([fact.id], store(), [("drug", "denosumab")]).text.startswith("The nearest I have is about something else:")
    assert answers.answer([fact.id], store(), [("topic", "travel")]).text.startswith("About palbociclib:")


def test_a_yes_and_every_further_fact_come_with_their_question():
    yes = next(f for f in store().shown() if f.answer.startswith("Yes"))
    plain = next(f for f in store().shown() if not answers.named_by_title(f, f))
    text = answers.answer([plain.id, yes.id], store()).text
    assert f"{yes.title} Yes" in text and plain.title not in text
    assert f"{plain.title} {plain.answer[:12]}" in answers.answer([yes.id, plain.id], store()).text


@pytest.mark.parametrize("fact", store().shown(), ids=lambda f: f.id)
def test_every_fact_reads_as_one_message_with_sources(fact):
    reply = answers.answer([fact.id], store())
    assert "\n\n" not in reply.text and "Sources:\n- " in reply.text and answers.UNREVIEWED in reply.text
    assert 0 <= len(reply.buttons) <= 3
    assert all(len(b["payload"].encode()) <= 64 for b in reply.buttons)
    assert not fact.figures or fact.figures not in reply.text


def test_composed_answers_give_each_fact_a_source():
    ids = [f.id for f in store().shown()[:3]]
    text = answers.answer(ids, store()).text
    assert all(any(s.url in text for s in store().usable(store().facts[i])) for i in ids)


def test_figures_come_after_a_question_only():
    asked = answers.answer([FACT_WITH_FIGURES.id], store())
    assert answers.ASK_NUMBERS in asked.text and asked.pending == FACT_WITH_FIGURES.id
    shown = answers.figures(FACT_WITH_FIGURES, store()).text
    assert " ".join(FACT_WITH_FIGURES.figures.split()) in shown and answers.NOT_YOU in shown and "Sources:" in shown


def test_a_short_detail_comes_along_and_a_long_one_is_offered():
    short = next(f for f in store().shown() if f.detail and not f.figures and len(f.answer) + len(f.detail) < 500)
    assert " ".join(short.detail.split()) in answers.answer([short.id], store()).text
    reply = answers.answer([FACT_WITH_LONG_DETAIL.id], store())
    assert json.loads(reply.buttons[0]["payload"].removeprefix("/more")) == {"fact": FACT_WITH_LONG_DETAIL.id}
    assert " ".join(FACT_WITH_LONG_DETAIL.detail.split()) in answers.detail(FACT_WITH_LONG_DETAIL, store()).text


def test_no_mirror_is_ever_linked():
    mirrors = [s.url for s in store().sources.values() if s.mirror]
    said = "\n".join(answers.answer([f.id], store()).text for f in store().shown())
    assert mirrors and not [url for url in mirrors if url in said.split()]


def test_an_honest_no_names_people_to_ask():
    reply = answers.nothing((), store())
    assert "rather not guess" in reply.text and "24-hour line" in reply.text
    assert "{" not in reply.text


def test_a_sentence_begins_with_a_capital_whatever_is_filled_in():
    said = answers.hand_over((), store()).text
    assert "need. A cancer helpline" in said and "and your own team knows" in said
