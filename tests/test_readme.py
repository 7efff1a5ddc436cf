"""The README keeps its word: its commands exist, its paths exist, it stays short."""
import re
import subprocess

import pytest
from conftest import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_it_is_short():
    assert len(TEXT.splitlines()) <= 150


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make ([a-z-]+)", TEXT, re.M))))
def test_every_make_target_exists(target):
    assert re.search(rf"^{target}:", MAKEFILE, re.M)
    assert subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True).returncode == 0


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:bot|actions|data|tests)/[\w./]*|[a-z]+\.yml)`", TEXT))))
def test_every_path_exists(path):
    assert (ROOT / path).exists()


def test_the_fact_shown_as_an_example_has_the_keys_of_a_fact():
    from bot.store import _FACT_KEYS

    block = TEXT[TEXT.index("- id: symptom.liver.pain"):].split("```")[0]
    assert set(re.findall(r"^(?:- |  )(\w+):", block, re.M)) <= _FACT_KEYS


def test_ci_runs_the_two_commands():
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "make run" in script and "make test" in script
