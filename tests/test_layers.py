"""Imports flow one way: actions -> bot <- components. What knows never imports Rasa."""
import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KNOWS = ["store", "text", "terms", "safety", "encoder", "vectors", "learn", "match", "answers", "context", "talk", "premises", "classifiers", "deployment", "check", "plain", "adapt"]


def imported(path: Path) -> set:
    """Top names of every import statement in a file, at any depth."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("module", KNOWS)
def test_what_knows_imports_neither_rasa_nor_actions(module):
    assert not {name for name in imported(ROOT / "bot" / f"{module}.py") if name.split(".")[0] in ("rasa", "rasa_sdk", "actions", "sanic")}


def test_only_actions_import_the_action_sdk():
    users = {path.relative_to(ROOT).as_posix() for folder in ("bot", "actions") for path in (ROOT / folder).rglob("*.py")
             if any(name.split(".")[0] == "rasa_sdk" for name in imported(path))}
    assert users == {"actions/actions.py", "bot/serve.py"}     # serve runs the SDK's executor inside the process


def test_actions_import_no_rasa():
    assert not {name for name in imported(ROOT / "actions" / "actions.py") if name.split(".")[0] == "rasa"}


def test_no_generated_or_unsafe_loading():
    for path in (ROOT / "bot").rglob("*.py"):
        called = {node.func.attr for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
        assert not called & {"unsafe_load", "full_load", "system", "popen"}, path
