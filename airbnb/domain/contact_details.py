"""Finding phone numbers, addresses, links and handles in what people write, plain or disguised, and masking them.

Source: docs/rules/messages.md.
"""

import re
import unicodedata
from collections.abc import Iterator

MASK = "•••"

#: Characters that show nothing or only decorate the one before: zero-width ones, accents, the frame of a keycap.
_UNSEEN = {"Cf", "Mn", "Me"}
#: Endings of domains. Those that are words too count in small letters alone: "like it.At noon" is no link.
_TLDS = "com|net|org|info|biz|io|app|dev|co|eu|de|ch|fr|es|pt|nl|uk|pl|cz|se|dk|fi|ru|jp|cn|br|mx|au|ca|ie|gr|xyz"
_WORDY_TLDS = "at|be|house|in|it|link|me|my|no|online|page|rent|shop|site|to|travel|tv|us"
_TLD = rf"(?:(?:{_TLDS})|(?-i:{_WORDY_TLDS}))(?![\w-])"
_NAME = r"(?<![\w.+-])[\w.+-]{1,64}"
_LABELS = r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}"
_OPEN, _CLOSE = r"\s{0,3}[\[({<*_-]?\s{0,3}", r"\s{0,3}[\])}>*_-]?\s{0,3}"
_AT = rf"{_OPEN}(?:@|\b(?:at|ät|arroba|chiocciola|arobase)\b){_CLOSE}"
_DOT = rf"{_OPEN}(?:\b(?:dot|punkt|punto|point|ponto)\b){_CLOSE}"
_MAIL_HOSTS = r"gmail|googlemail|hotmail|outlook|yahoo|icloud|gmx|protonmail|proton"
_MESSENGERS = r"whats?\s?app|telegram|signal|skype|wechat|viber|snapchat|insta(?:gram)?|facebook|discord"
_DIGIT_WORDS = (
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|null|eins|zwei|zwo|drei|vier|fünf|fuenf|sechs|sieben|acht|neun"
    "|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|deux|trois|quatre|cinq|sept|huit|neuf"
)
_DIGIT = rf"(?:\b(?:{_DIGIT_WORDS})\b|\d)"
_DATE = re.compile(
    r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b|\b\d{1,2}[:.]\d{2}\s?(?:h|uhr|am|pm)\b"
)

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:\b(?:https?|hxxps?|ftp)://|\bwww\.)\S{2,500}",
        rf"{_NAME}\s{{0,2}}@\s{{0,2}}[\w-]{{1,63}}(?:\s{{0,2}}\.\s{{0,2}}[\w-]{{2,63}}){{1,4}}",
        rf"{_NAME}{_AT}{_LABELS}(?:{_DOT}[a-z0-9-]{{2,63}}){{1,3}}",
        rf"{_NAME}\s(?:{_AT})?\s{{0,2}}(?:{_MAIL_HOSTS})(?:{_DOT}|[\s.,]{{1,3}}){_TLD}",
        rf"(?<![\w@.-]){_LABELS}\.{_TLD}(?:/\S{{0,500}})?",
        rf"(?<![\w@.-])[a-z0-9-]{{2,63}}{_DOT}{_TLD}",
        rf"\b(?:{_MESSENGERS})\b(?:\s(?:id|name|user|handle|number|nummer))?\s{{0,2}}[:=@]\s{{0,2}}@?[\w.-]{{3,64}}",
        r"(?<![\w@.])@[a-z][\w.]{2,64}",
    )
)
_PHONE = re.compile(r"(?<![\w.,])(?:\+|00)?\(?\d(?:[\s().\-–/_*]{0,3}\d){6,16}(?![\w])")
_SPOKEN = re.compile(rf"{_DIGIT}(?:[\s,.\-–/_*]{{0,3}}{_DIGIT}){{6,16}}", re.IGNORECASE)


def mask_contacts(text: str) -> str:
    """Return a text with every contact detail in it replaced; one without any comes back as it is."""
    parts, end = [], 0
    for first, last in _merged(_spans(text)):
        parts += [text[end:first], MASK]
        end = last
    return "".join((*parts, text[end:]))


def has_contacts(text: str) -> bool:
    """Say whether a text holds a contact detail."""
    return next(_spans(text), None) is not None


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where contact details begin and end; they may overlap."""
    plain, places = _folded(text)
    for first, last in _found(plain):
        # What decorates the last character goes with it.
        after = places[last] if last < len(places) else len(text)
        yield places[first], max(after, places[last - 1] + 1)


def _found(plain: str) -> Iterator[tuple[int, int]]:
    for pattern in _PATTERNS:
        yield from (match.span() for match in pattern.finditer(plain))
    # Two dates beside each other have as many digits as a phone number.
    undated = _DATE.sub(lambda match: "x" * len(match[0]), plain)
    for pattern in (_PHONE, _SPOKEN):
        yield from (match.span() for match in pattern.finditer(undated))


def _folded(text: str) -> tuple[str, list[int]]:
    """Return a text as it looks, without disguise by Unicode, and for each of its characters the place it came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for plain in unicodedata.normalize("NFKC", letter):
            if unicodedata.category(plain) not in _UNSEEN:
                letters.append(plain)
                places.append(place)
    return "".join(letters), places


def _merged(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    waiting: tuple[int, int] | None = None
    for first, last in sorted(spans):
        if waiting is not None and first <= waiting[1]:
            waiting = (waiting[0], max(waiting[1], last))
            continue
        if waiting is not None:
            yield waiting
        waiting = (first, last)
    if waiting is not None:
        yield waiting
