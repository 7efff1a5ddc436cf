"""What differs from place to place: the words and numbers of deployment.yml, of a country in data/countries.yml, or else neutral ones."""
import ipaddress
import os
import re
from functools import lru_cache
from pathlib import Path

from bot.store import DATA, ROOT, DataError, read_yaml, relative

DEFAULTS = {
    "assistant": "metastatic breast cancer assistant",
    "emergency": "your local emergency number",
    "team_line": "your cancer team or its 24-hour line",
    "advice": "the doctor on call near you",
    "crisis": "a crisis line in your country",
    "abuse": "a domestic abuse line in your country",
    "helpline": "a cancer helpline in your country",
}
FEVER = {"celsius": 37.5, "fahrenheit": 99.5}       # the lowest limit that is in use: The Christie NHS Foundation Trust, infection and fever advice
LIMITS = {"person": 20, "address": 120}             # messages a minute
_COLDEST, _HOTTEST = 37, 39                         # degrees Celsius between which a limit makes sense
FILE = Path(os.environ.get("DEPLOYMENT") or ROOT / "deployment.yml")
COUNTRIES = DATA / "countries.yml"


def load(path: Path = FILE, countries: Path = COUNTRIES) -> dict:
    """Return the words by name (the file's own, its country's, or the neutral ones), and "fever", "limits" and "trusted_proxies" (networks).

    A missing file or entry is no fault; an unknown entry or country, or a value that makes no sense, raises DataError.
    """
    content = (read_yaml(path) if Path(path).exists() else None) or {}
    if not isinstance(content, dict):
        raise DataError([f"{path.name}: top: should be a mapping such as country: IE."])
    country, presets = str(content.get("country") or ""), read_yaml(countries)
    allowed = (*DEFAULTS, "fever", "limits", "trusted_proxies", "country")
    faults = [f"{path.name}: {key}: unknown entry; allowed are {', '.join(allowed)}." for key in sorted(map(str, set(content) - set(allowed)))]
    if country and country not in presets:
        faults.append(f"{path.name}: country: {country} is not in {relative(countries)}; use one of {', '.join(map(str, presets))}, or fill in the entries yourself.")
    preset = presets.get(country) or {}
    fever = content.get("fever") or preset.get("fever") or FEVER
    if not _is_fever(fever):
        faults.append(f"{path.name}: fever: should be {{celsius: 38.0, fahrenheit: 100.4}}, the same limit in both, between {_COLDEST} and {_HOTTEST} C.")
    limits = {**LIMITS, **limits} if isinstance(limits := content.get("limits") or {}, dict) else {}
    if set(limits) != set(LIMITS) or not all(type(most) is int and most > 0 for most in limits.values()):
        faults.append(f"{path.name}: limits: should be {{person: 20, address: 120}}, messages a minute, each 1 or more.")
    proxies = _networks(content.get("trusted_proxies") or ())
    if proxies is None:
        faults.append(f"{path.name}: trusted_proxies: should be a list of addresses or networks, such as [127.0.0.1, 10.0.0.0/8].")
    if faults:
        raise DataError(faults)
    words = {key: str(content.get(key) or preset.get(key) or default).strip() for key, default in DEFAULTS.items()}
    return {**words, "fever": fever, "limits": limits, "trusted_proxies": proxies}


def _networks(rows):
    """Return the networks of a list of texts, None if it is no such list."""
    try:
        return tuple(ipaddress.ip_network(str(row), strict=False) for row in rows) if not isinstance(rows, str) else None
    except (TypeError, ValueError):
        return None


def _is_fever(fever) -> bool:
    """Say whether a limit is the same in both scales, to a quarter of a degree."""
    if not isinstance(fever, dict) or set(fever) != set(FEVER) or not all(isinstance(value, (int, float)) for value in fever.values()):
        return False
    return _COLDEST <= fever["celsius"] <= _HOTTEST and abs(fever["celsius"] * 1.8 + 32 - fever["fahrenheit"]) < 0.25


@lru_cache(maxsize=1)
def deployment() -> dict:
    """Return what `load` returns for this deployment, read once."""
    return load()


def fill(text: str) -> str:
    """Return a text with {emergency}, {team_line}, {crisis} ... filled in, with a capital where a sentence begins; other braces stay as they are."""
    for key in DEFAULTS:
        words = deployment()[key]
        text = re.sub(rf"(^|[.!?]\s+)\{{{key}\}}", lambda start: start.group(1) + words[:1].upper() + words[1:], text).replace("{" + key + "}", words)
    return text
