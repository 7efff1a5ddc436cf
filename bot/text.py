"""How a message is written: bounds, cleaning, and the one spelling of words that matching uses."""
import re
import unicodedata

MAX_CHARS = 2000        # a longer message gets a fixed reply, after safety has read all of it
_CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d\u00b4\u2032\u00a0\u2013\u2014", "''\"\"'' --")
_LONG_FORM = [
    (r"\b(?:can not|can'?t|cann?ot|carn'?t|couldn'?t|could not)\b", "cannot"),
    (r"\bwon'?t\b", "will not"),
    (r"\b(do|does|did|is|are|was|were|has|have|had|would|should)n'?t\b", r"\1 not"),
    (r"\b(?:don;t|dnt)\b", "do not"),
    (r"\bi'?m\b", "i am"), (r"\bi'?ve\b", "i have"), (r"\bi'?d\b", "i would"), (r"\bi'll\b", "i will"),
    (r"\b(he|she|it|that|what|who|there|here|mum|mom|dad|wife|husband)'s\b", r"\1 is"), (r"\bhes\b", "he is"), (r"\bshes\b", "she is"),
    (r"\b(they|you|we)'?re\b", r"\1 are"), (r"\b(they|you|we)'?ve\b", r"\1 have"),
    (r"\bgonna\b", "going to"), (r"\bwanna\b", "want to"),
]
_LONG_FORM = [(re.compile(pattern), form) for pattern, form in _LONG_FORM]

_QUESTION = re.compile(r"(?:and |so |but |please )?(?:what(?! an? (?:day|week|year|mess|shame|relief|nightmare|pity|joke)\b)|which|why|how|who|where|when|can|could(?! do with)|is|are|does|do|did|should(?! (?:have|of|add|say|mention))|will|would(?! love)|tell me|explain)\b")

_INVERTED = re.compile(r"(?<!\bi )(?<!\bhe )(?<!\bit )(?<!\bwe )(?<!\bshe )(?<!\byou )(?<!\bwho )(?<!\bthat )(?<!\bthis )(?<!\bthey )(?<!\bthere )"
                       r"\b(?:will|is|does|did|can|could|should|would|are) (?:it|i|this|that|they|he|she|we|there)\b")


def clean(text) -> str:
    """Return what a person meant to send: str, one line, no control or invisible characters.

    A leading "/" is dropped, so that typed text never reaches Rasa's payload syntax.
    Anything that is not a string gives "".
    """
    if not isinstance(text, str):
        return ""
    text = text.encode("utf-8", "ignore").decode("utf-8")      # lone surrogates cannot be stored
    text = _CONTROL.sub(" ", unicodedata.normalize("NFC", text))
    return re.sub(r"\s+", " ", text).strip().lstrip("/").strip()


def plain(text: str) -> str:
    """Return the form that patterns are written in: lower case, straight quotes, long forms ("cannot", "do not")."""
    text = clean(text).translate(_QUOTES).lower()
    for pattern, form in _LONG_FORM:
        text = pattern.sub(form, text)
    return text


def sentences(text: str) -> list[str]:
    """Split at sentence ends and line breaks; long unpunctuated stories stay whole. Decimal points do not split."""
    parts = re.split(r"(?<=[.!?;])\s+|\n+", text)
    return [part for part in (p.strip() for p in parts) if part]


def is_question(text: str) -> bool:
    """Say whether a message asks something: a question mark, a sentence that starts with a question word, or "will it", "can she" anywhere."""
    words = plain(text)
    return "?" in text or bool(_INVERTED.search(words)) or any(_QUESTION.match(part) for part in sentences(words))
