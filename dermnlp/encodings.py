"""The encoding of a file, found in one pass over its bytes together with its size and hash."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CHUNK = 1 << 20
_BROKEN = re.compile("[\udc80-\udcff]+")


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the bytes tells; `broken` counts the invalid sequences of a file that is taken for UTF-8."""

    encoding: str
    sha256: str
    size: int
    broken: int = 0


def survey(chunks: Iterable[bytes]) -> Survey:
    """The encoding, SHA-256 and size in bytes of a file that comes in chunks.

    A byte order mark decides; else it is UTF-8 when invalid multibyte sequences are none or fewer than the valid ones;
    else cp1252.
    """
    digest, size, start, valid, broken = hashlib.sha256(), 0, b"", 0, 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        start = start or chunk[:3]
        good, bad = _multibyte(decoder.decode(chunk))
        valid, broken = valid + good, broken + bad
    broken += _multibyte(decoder.decode(b"", final=True))[1]
    marked = next((name for bom, name in BOMS.items() if start.startswith(bom)), "")
    guessed = "utf-8" if not broken or broken < valid else "cp1252"
    encoding = marked or guessed
    return Survey(encoding, digest.hexdigest(), size, broken if encoding.startswith("utf-8") else 0)


def survey_file(path: Path) -> Survey:
    """The survey of a file; raises OSError when it cannot be read."""
    return survey(_chunks(path))


def decode(data: bytes) -> str:
    """The text of a small file's bytes, without its byte order mark, its newlines as they are."""
    encoding = survey([data]).encoding
    return data.decode(encoding, _errors(encoding))


def open_text(path: Path, encoding: str, newline: str = "") -> TextIO:
    """A file for reading in an encoding that `survey` named: no byte makes it fail."""
    return open(path, encoding=encoding, errors=_errors(encoding), newline=newline)


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _multibyte(text: str) -> tuple[int, int]:
    """How many multibyte sequences of a decoded chunk are valid, and how many runs of bytes are not."""
    if text.isascii():
        return 0, 0
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    escaped = _BROKEN.findall(text)
    return beyond - sum(map(len, escaped)), len(escaped)


def _errors(encoding: str) -> str:
    """The error handler for an encoding: the five bytes that cp1252 leaves undefined are read as Latin-1."""
    if encoding != "cp1252":
        return "replace"
    codecs.register_error("dermnlp.latin-1", _latin_1)
    return "dermnlp.latin-1"


def _latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end
