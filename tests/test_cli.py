"""Faults a person can put right are one sentence that names the file and the fix; no traceback, a status that is not 0."""
import sys

import pytest
from conftest import command

BREAK = {
    "facts": ("data/facts/basics.yml", "- id: [\n", "data/facts/basics.yml, line"),
    "terms": ("data/terms/drug.yml", "palbociclib: {names: [x}\n", "data/terms/drug.yml, line"),
    "sources": ("data/sources.yml", "- a\n", "data/sources.yml: top"),
    "safety": ("data/safety.yml", "words: [\n", "data/safety.yml, line"),
    "examples": ("data/nlu/greet.yml", "nlu: [\n", "data/nlu/greet.yml, line"),
    "rules": ("data/stories/rules.yml", "rules: {\n", "data/stories/rules.yml, line"),
    "deployment": ("deployment.yml", "emergency: [\n", "deployment.yml, line"),
    "deployment entry": ("deployment.yml", "emergencie: 112\n", "deployment.yml: emergencie: unknown entry"),
}


@pytest.mark.parametrize("name", BREAK)
def test_broken_yaml_names_file_and_line(copy, name):
    path, text, says = BREAK[name]
    (copy / path).write_text(text, encoding="utf-8")
    for order in (["check"], ["run", "--port", "5898"]):
        done = command(*order, cwd=copy)
        assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
        assert says in done.stderr


def test_an_example_of_two_intents_is_named(copy):
    with (copy / "data/nlu/bye.yml").open("a", encoding="utf-8") as file:
        file.write("    - Good evening dear friends\n")
    with (copy / "data/nlu/greet.yml").open("a", encoding="utf-8") as file:
        file.write("    - good evening dear friends\n")
    done = command("check", cwd=copy)
    assert done.returncode == 1 and "is an example of bye too" in done.stderr


def test_check_says_what_there_is():
    done = command("check")
    assert done.returncode == 0 and done.stdout.startswith("data/ is in order: ") and done.stderr == ""


@pytest.mark.parametrize("arguments", [["run", "--port", "banana"], ["nonsense"], []])
def test_wrong_arguments_are_explained(arguments):
    done = command(*arguments)
    assert done.returncode == 2 and "usage:" in done.stderr


@pytest.mark.model
def test_chat_answers_and_picks_buttons(model):
    import subprocess

    done = subprocess.run([sys.executable, "-W", "ignore", "-m", "bot.cli", "chat"], input="how long have I got\n1\n\n", capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "[1] Yes, show me the figures" in done.stdout and "not a prediction for you" in " ".join(done.stdout.split()) and "Traceback" not in done.stderr
