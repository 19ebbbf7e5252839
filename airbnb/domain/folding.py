"""How names and words are compared in search: lower case, without accents."""

import re
import unicodedata

MAX_WORD_LENGTH = 40
_WORD = re.compile(r"\w+")
#: Letters that Unicode does not decompose.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


def fold(text: str) -> str:
    """Return a name as search compares it: ``"São  Tomé"`` is ``"sao tome"``."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(letters.split())


def words_in(*texts: str) -> list[str]:
    """Return the folded words of some texts, each once, in the order of their first place."""
    found = (word[:MAX_WORD_LENGTH] for text in texts for word in _WORD.findall(fold(text)))
    return list(dict.fromkeys(found))
