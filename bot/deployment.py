"""What differs from place to place: the numbers of deployment.yml, with a neutral default for each."""
import re
from functools import lru_cache
from pathlib import Path

from bot.store import ROOT, DataError, read_yaml

DEFAULTS = {
    "assistant": "metastatic breast cancer assistant",
    "emergency": "your local emergency number",
    "team_line": "your cancer team or its 24-hour line",
    "crisis": "a crisis line in your country",
    "helpline": "a cancer helpline in your country",
}


def load(path: Path = ROOT / "deployment.yml") -> dict:
    """Return name -> words; a missing file or entry keeps the neutral default, an unknown entry raises DataError."""
    content = (read_yaml(path) if Path(path).exists() else None) or {}
    if not isinstance(content, dict):
        raise DataError([f"{path.name}: top: should be a mapping such as emergency: 112."])
    unknown = sorted(set(content) - set(DEFAULTS))
    if unknown:
        raise DataError([f"{path.name}: {key}: unknown entry; allowed are {', '.join(DEFAULTS)}." for key in unknown])
    return {key: str(content.get(key) or words).strip() for key, words in DEFAULTS.items()}


@lru_cache(maxsize=1)
def deployment() -> dict:
    """Return the words of this deployment, read once."""
    return load()


def fill(text: str) -> str:
    """Return a text with {emergency}, {team_line}, {crisis} ... filled in, with a capital where a sentence begins; other braces stay as they are."""
    for key, words in deployment().items():
        text = re.sub(rf"(^|[.!?]\s+)\{{{key}\}}", lambda start: start.group(1) + words[:1].upper() + words[1:], text).replace("{" + key + "}", words)
    return text
