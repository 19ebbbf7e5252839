"""Turns texts with HTML in them into plain paragraphs."""

import re
import unicodedata
from html.parser import HTMLParser

#: Tags that end a line, and those that end a paragraph.
_LINES = {"br", "li", "tr"}
_PARAGRAPHS = {"p", "div", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
_UNSEEN = {"script", "style"}
_SPACES = re.compile(r"[^\S\n]+")
_MARKUP = re.compile(r"[<&]")


class _Text(HTMLParser):
    """Gathers what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break_before(tag)
        self._unseen += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _PARAGRAPHS:
            self._break_before(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)

    def _break_before(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag in _LINES:
            self.parts.append("\n")


def plain_text(raw: str, *, longest: int) -> str:
    """Return a text without tags, entities and control characters, its paragraphs one empty line apart.

    Units: ``longest`` in characters; a longer text ends at a word, with an ellipsis.
    """
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    if _MARKUP.search(text):
        parser = _Text()
        parser.feed(text)
        parser.close()
        text = "".join(parser.parts)
    text = "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs"))
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return shorten(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), longest)


def one_line(raw: str, *, longest: int) -> str:
    """Return a text as one line of plain text."""
    return shorten(" ".join(plain_text(raw, longest=len(raw)).split()), longest)


def shorten(text: str, longest: int) -> str:
    """Cut a text that is too long at the end of a word, and mark the cut."""
    if len(text) <= longest:
        return text
    end = max(text.rfind(space, 0, longest) for space in " \n")
    return text[: end if end > 0 else longest - 1].rstrip() + "…"
