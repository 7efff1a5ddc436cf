"""Every fault in data/ is found at load, as one sentence that names file, entry and fix."""
import time
from pathlib import Path

import pytest

from bot import store

TERM = "palbociclib: {names: [Ibrance]}\nribociclib: {names: [Kisqali]}\n"
SOURCE = "page: {org: A, title: B, url: \"https://example.org/a\", published: 2024-05}\n"
FACT = """- id: definition.palbociclib
  intent: ask_definition
  about: {drug: palbociclib}
  questions: [What is palbociclib?]
  answer: A tablet.
  sources: [page]
  status: draft
"""


def folder(tmp_path: Path, facts=FACT, terms=TERM, sources=SOURCE) -> Path:
    for name, text in (("facts/a.yml", facts), ("terms/drug.yml", terms), ("sources.yml", sources)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def faults(tmp_path, **files):
    with pytest.raises(store.DataError) as error:
        store.load(folder(tmp_path, **files), today="2026-01-31", intents=["ask_definition"])
    return error.value.faults


def test_a_sound_folder_loads(tmp_path):
    loaded = store.load(folder(tmp_path), today="2026-01-31", intents=["ask_definition"])
    assert [fact.title for fact in loaded.shown()] == ["What is palbociclib?"]


ASKED = "definition.palbociclib:\n- whats ibrance\n- tell me about palbo\n"


def test_ways_of_asking_join_their_fact(tmp_path):
    (folder(tmp_path) / "asked").mkdir()
    (tmp_path / "asked" / "a.yml").write_text(ASKED)
    loaded = store.load(tmp_path, today="2026-01-31")
    assert loaded.facts["definition.palbociclib"].questions == ("What is palbociclib?", "whats ibrance", "tell me about palbo")


@pytest.mark.parametrize("text, says", [
    ("gone.fact: [hello]", "is not a fact"),
    ("definition.palbociclib: hello", "should be a list"),
    ("definition.palbociclib: [{a: b}]", "should be a list"),
    ("- hello", "should be a mapping"),
])
def test_ways_of_asking_that_are_wrong_are_told(tmp_path, text, says):
    (folder(tmp_path) / "asked").mkdir()
    (tmp_path / "asked" / "a.yml").write_text(text)
    assert any("asked" in fault and says in fault for fault in faults(tmp_path))


def test_a_fact_has_its_ways_of_asking_in_one_file(tmp_path):
    (folder(tmp_path) / "asked").mkdir()
    for name in ("a", "b"):
        (tmp_path / "asked" / f"{name}.yml").write_text(ASKED.replace("- w", f"- {name}w"))
    assert any("stands in a.yml too" in fault for fault in faults(tmp_path))


TWICE = FACT + FACT.replace("definition.palbociclib", "definition.other").replace("What is palbociclib?", "And what is it?")

BROKEN = {
    "unknown key": (dict(facts=FACT + "  colour: red\n"), "unknown key \"colour\""),
    "unknown term": (dict(facts=FACT.replace("drug: palbociclib", "drug: aspirin")), "aspirin is not a drug"),
    "unknown kind": (dict(facts=FACT.replace("drug:", "thing:")), "palbociclib is not a thing"),
    "unknown intent": (dict(facts=FACT.replace("ask_definition", "ask_weather")), "intent: ask_weather has no examples"),
    "missing source": (dict(facts=FACT.replace("[page]", "[nowhere]")), "source nowhere is not in data/sources.yml"),
    "no source": (dict(facts=FACT.replace("[page]", "[]")), "has no source whose passage was read"),
    "no questions": (dict(facts=FACT.replace("[What is palbociclib?]", "[]")), "needs questions"),
    "no answer": (dict(facts=FACT.replace("A tablet.", "\"\"")), "needs an answer"),
    "blank line": (dict(facts=FACT.replace("A tablet.", "\"One.\\n\\nTwo.\"")), "holds a blank line"),
    "two leads": (dict(facts=TWICE.replace("  status: draft\n", "  status: draft\n  lead: true\n")), "is a second lead"),
    "same question": (dict(facts=TWICE.replace("And what is it?", "what is Palbociclib")), "belongs to definition.palbociclib too"),
    "same id": (dict(facts=FACT + FACT), "ids are unique"),
    "long id": (dict(facts=FACT.replace("definition.palbociclib", "definition." + "x" * 40)), "43 is the most"),
    "odd id": (dict(facts=FACT.replace("definition.palbociclib", "Palbo ciclib")), "small words joined by dots"),
    "unknown related": (dict(facts=FACT + "  related: [gone.away]\n"), "related: gone.away is not a fact"),
    "reviewed without who": (dict(facts=FACT.replace("draft", "reviewed")), "reviewed goes with"),
    "name of two things": (dict(terms=TERM.replace("Kisqali", "ibrance")), "already stands for palbociclib"),
    "unknown broader": (dict(terms=TERM.replace("[Kisqali]", "[Kisqali], in: [tablets]")), "in: tablets is not a term"),
    "future date": (dict(sources=SOURCE.replace("2024-05", "2026-02")), "lies in the future"),
    "odd date": (dict(sources=SOURCE.replace("2024-05", "May")), "is not a date"),
    "no date": (dict(sources=SOURCE.replace(", published: 2024-05", "")), "needs a date"),
    "no url": (dict(sources=SOURCE.replace("https://", "ftp://")), "needs a url"),
    "same url": (dict(sources=SOURCE + SOURCE.replace("page:", "copy:")), "has the same url as page"),
    "broken YAML": (dict(facts=FACT + "  - [\n"), "is not valid YAML"),
    "no facts": (dict(facts=""), "holds no facts"),
    "facts not a list": (dict(facts="a: b"), "should be a list"),
    "future review": (dict(facts=FACT.replace("draft", "reviewed") + "  reviewed: {on: 2027-01-01, by: A, until: 2028-01-01}\n"), "lies in the future"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_fault_is_one_sentence(tmp_path, name):
    files, says = BROKEN[name]
    found = [fault for fault in faults(tmp_path, **files) if says in fault]
    assert len(found) == 1, faults(tmp_path, **files)
    assert ".yml" in found[0] or "folder" in found[0]
    assert found[0].endswith(".") and "\n" not in found[0]


def test_all_faults_are_told_at_once(tmp_path):
    assert len(faults(tmp_path, facts=FACT + "  colour: red\n", sources=SOURCE.replace("2024-05", "May"))) == 2


@pytest.mark.parametrize("change", [("url: \"https://example.org/a\"", "url: \"https://example.org/a\", mirror: true"), ("", "")])
def test_a_fact_with_mirrors_alone_or_on_hold_is_not_shown(tmp_path, change):
    facts = FACT if change[0] else FACT + "  hold: doubtful\n"
    loaded = store.load(folder(tmp_path, facts=facts, sources=SOURCE.replace(*change) if change[0] else SOURCE), today="2026-01-31")
    assert loaded.shown() == [] and len(loaded.facts) == 1


def test_broader_terms_follow_the_chain():
    assert ("treatment", "targeted_therapy") in store.store().broader(("drug", "palbociclib"))


def test_the_real_store_loads_fast_and_whole():
    began = time.process_time()
    loaded = store.load()
    took = time.process_time() - began
    assert len(loaded.shown()) > 550
    assert took < 8, "about 1 s of one core, 2 s of a slow one"


def test_every_shown_fact_has_a_dated_source_that_is_no_copy():
    loaded = store.store()
    for fact in loaded.shown():
        assert all(s.url.startswith("http") and (s.published or s.seen) for s in loaded.usable(fact)) and loaded.usable(fact), fact.id
