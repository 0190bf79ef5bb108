"""The tokenizer: one regular expression, non-destructive; and the folded forms that terms are compared by."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

from spacy.tokens import Doc
from spacy.util import DummyTokenizer, registry
from spacy.vocab import Vocab

from dermnlp import lexicons

MARK = re.compile("[\u0300-\u036f]")
LETTERS = r"[^\W\d_]+"
LATIN = "A-Za-zª²³µ¹º¼-¾À-ÖØ-öø-ɏ"  # what LETTERS matches before BEYOND, a third faster
BEYOND = re.compile("[^\0-\u024f]")
PATTERN = r"(?:{letters}|\d+|[^\S ]+|.) ?"
ASCII_TOKEN = re.compile(PATTERN.format(letters="[A-Za-z]+"), re.DOTALL | re.ASCII)
LATIN_TOKEN = re.compile(PATTERN.format(letters=f"[{LATIN}]+"), re.DOTALL)
TOKEN = re.compile(PATTERN.format(letters=LETTERS), re.DOTALL)
MARKED_TOKEN = re.compile(PATTERN.format(letters=rf"{LETTERS}(?:{MARK.pattern}+(?:{LETTERS})?)*"), re.DOTALL)
KEPT_MARK = "\u0303"
TYPOGRAPHIC = str.maketrans("’‘´`–—‑", "''''---")
YEAR = "<year>"
YEARS = re.compile("19[5-9][0-9]|20[0-2][0-9]")
CACHE = 200_000
COLUMNS = 6
Lexeme = tuple[str, bool, int, str, str, bool]
"""A word, whether a blank follows it, its key in the vocabulary, its folded form, that without inflection, and whether it isn't blank."""


class Tokenizer(DummyTokenizer):
    """Runs of letters, runs of digits, single other characters: `"".join(t.text_with_ws for t in doc)` is the text."""

    def __init__(self, vocab: Vocab, language: str) -> None:
        self.vocab = vocab
        self.lexemes = Lexemes(vocab, language)

    def __call__(self, text: str) -> Doc:
        """The Doc of a text; its words, their character offsets and their forms are kept in `user_data` for the components."""
        parts = pieces(text)
        words, blanks, keys, *forms = list(zip(*map(self.lexemes.__getitem__, parts), strict=True)) or [()] * COLUMNS
        doc = Doc(self.vocab, words=keys, spaces=blanks)
        doc.user_data["words"] = (list(words), _starts(parts))
        doc.user_data["forms"] = forms
        doc.user_data["text"] = text
        return doc


class Lexemes(dict[str, Lexeme]):
    """A bounded cache from a piece, a word with the blank after it, to all that is asked about it.

    One look-up in one table, and a Doc is made of keys three times as fast as of strings.
    """

    def __init__(self, vocab: Vocab, language: str) -> None:
        super().__init__()
        self.strings = vocab.strings
        self.folded, self.inflected = forms(language, inflected=False), forms(language, inflected=True)

    def __missing__(self, piece: str) -> Lexeme:
        if len(self) >= CACHE:
            self.clear()
        word = _word(piece)
        self[piece] = entry = (word, word != piece, self.strings.add(word), self.folded[word], self.inflected[word], not word.isspace())
        return entry


def pieces(text: str) -> list[str]:
    """The tokens of a text, each with the blank after it, if there is one."""
    if text.isascii():
        return ASCII_TOKEN.findall(text)
    if not BEYOND.search(text):
        return LATIN_TOKEN.findall(text)
    return (MARKED_TOKEN if MARK.search(text) else TOKEN).findall(text)


@registry.tokenizers("dermnlp.tokenizer.v1")
def create_tokenizer() -> Callable[[Any], Tokenizer]:
    """The tokenizer as spaCy's config names it."""
    return lambda nlp: Tokenizer(nlp.vocab, nlp.lang)


def words_of(doc: Doc) -> tuple[list[str], list[int]]:
    """The texts of a Doc's tokens and the character at which each begins, whatever tokenizer made the Doc."""
    if "words" not in doc.user_data:
        doc.user_data["words"] = ([token.text for token in doc], _starts([token.text_with_ws for token in doc]))
    return doc.user_data["words"]


def forms_of(doc: Doc) -> tuple[Sequence[str], Sequence[str], Sequence[bool]]:
    """For each token its folded form, its form without inflection, and whether it isn't blank."""
    if "forms" not in doc.user_data:
        words, folded, inflected = words_of(doc)[0], forms(doc.lang_, inflected=False), forms(doc.lang_, inflected=True)
        doc.user_data["forms"] = [folded[word] for word in words], [inflected[word] for word in words], [not word.isspace() for word in words]
    return doc.user_data["forms"]


def text_of(doc: Doc) -> str:
    """The text of a Doc, joined once: `doc.text` joins it anew at every call."""
    if "text" not in doc.user_data:
        doc.user_data["text"] = doc.text
    return doc.user_data["text"]


def folded_of(doc: Doc) -> str:
    """The text of a Doc folded in place, once."""
    if "folded" not in doc.user_data:
        doc.user_data["folded"] = fold_in_place(text_of(doc))
    return doc.user_data["folded"]


def split(text: str) -> list[str]:
    """The tokens of a term, blanks left out."""
    return [_word(piece) for piece in pieces(text) if not piece.isspace()]


def fold(text: str) -> str:
    """Lower case without accents (ñ stays); the length may change."""
    if text.isascii():
        return text.lower()
    text = text.translate(TYPOGRAPHIC)
    parts = unicodedata.normalize("NFKD", text.casefold().replace("ñ", "n" + KEPT_MARK))
    plain = "".join(c for i, c in enumerate(parts) if not unicodedata.combining(c) or _tilde(parts, i))
    return unicodedata.normalize("NFC", plain)


def fold_in_place(text: str) -> str:
    """Lower case without accents (ñ stays), of the same length: offsets hold."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
    return lower if lower.isascii() else lower.translate(_plain_letters())


class Forms(dict[str, str]):
    """A bounded cache from a token to the form it is compared by: folded, and without its inflection if asked."""

    def __init__(self, language: str, *, inflected: bool) -> None:
        super().__init__()
        self.endings = inflections(language) if inflected else ()

    def __missing__(self, word: str) -> str:
        if len(self) >= CACHE:
            self.clear()
        form = YEAR if YEARS.fullmatch(word) else fold(word)
        for ending, replacement, length in self.endings:
            if len(form) >= length and form.endswith(ending):
                form = form[: len(form) - len(ending)] + replacement
                break
        self[word] = form
        return form


@lru_cache(maxsize=16)
def _forms(language: str, inflected: bool, state: tuple[object, ...]) -> Forms:
    return Forms(language, inflected=inflected)


def forms(language: str, *, inflected: bool) -> Forms:
    """The forms of a language, one cache for all who compare words."""
    return _forms(language, inflected, lexicons.state())


@lru_cache(maxsize=16)
def _inflections(language: str, state: tuple[object, ...]) -> tuple[tuple[str, str, int], ...]:
    rows = lexicons.terms("tokens", "inflections", language)
    table = [(row["term"], row["replacement"], int(row["shortest"])) for row in rows]
    return tuple(sorted(table, key=lambda row: -len(row[0])))


def inflections(language: str) -> tuple[tuple[str, str, int], ...]:
    """Endings of plural and gender: (ending, what replaces it, shortest word it applies to), longest first."""
    return _inflections(language, lexicons.state())


@lru_cache(maxsize=1)
def _plain_letters() -> dict[int, str]:
    """Accented Latin letters to plain ones, one for one."""
    table = {}
    for code in range(0xC0, 0x250):
        plain = fold(chr(code))
        if len(plain) == 1 and plain != chr(code):
            table[code] = plain
    return table


def _tilde(parts: str, i: int) -> bool:
    """Whether the combining mark at i is the tilde of an ñ."""
    return parts[i] == KEPT_MARK and i > 0 and parts[i - 1] == "n"


def _word(piece: str) -> str:
    """A piece without the blank that follows its word."""
    return piece[:-1] if len(piece) > 1 and piece[-1] == " " else piece


def _starts(pieces: list[str]) -> list[int]:
    """The character offset of each token, from the tokens with the blanks after them."""
    return list(accumulate(map(len, pieces), initial=0))[: len(pieces)]
