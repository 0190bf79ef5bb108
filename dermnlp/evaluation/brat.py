"""Notes and mentions as brat standoff: NAME.txt and, beside it, NAME.ann."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote

from dermnlp.mentions import ATTRIBUTES, RELATIONS, TYPES, Mention, Relation
from dermnlp.tables import InputError, write_whole

LONGEST = 200  # characters of an encoded name: file systems end at 255 bytes
NOTES = {"DIAGNOSIS": "ICD10CM", "DRUG": "INN"}

_KEYS = "ICD10CM|INN|SCALE|VALUE"
_VALUES = re.compile(rf"({_KEYS}):((?:class:)?[^:]*?)(?=\s+(?:{_KEYS}):|$)")
_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
_RESERVED = {"CON", "PRN", "AUX", "NUL"} | {f"{port}{number}" for port in ("COM", "LPT") for number in range(10)}
_LINES = {
    "T": re.compile(r"(T\d+)\t([\w-]+) (\d+ \d+(?:;\d+ \d+)*)(?:\t(.*))?"),
    "A": re.compile(r"[AM]\d+\t([\w-]+) (\w+)(?: .*)?"),
    "R": re.compile(r"R\d+\t([\w-]+) Arg1:(\w+) Arg2:(\w+)\s*"),
    "#": re.compile(r"#\d+\t\S+ (\S+)(?:\t(.*))?"),
}
_OTHER = {"E": "events", "N": "normalisations", "*": "equivalences"}


class BratError(InputError):
    """A .ann or .txt file cannot be read as brat standoff: names the file and the line, never the text."""


class BratWarning(UserWarning):
    """Something of a folder of brat files is left out or does not fit; it can be read all the same."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A T line: `pieces` counts its stretches of text."""

    line: int
    type: str
    start: int
    end: int
    pieces: int
    text: str


@dataclass(slots=True)
class _Parsed:
    """The lines of a .ann file by what they say, and what of them is left out."""

    spans: dict[str, _Span] = field(default_factory=dict)
    attributes: dict[str, set[str]] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    relations: list[tuple[str, str, str]] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)


def file_name(note_id: str) -> str:
    """A note id as a file name without its ending: unsafe characters percent-encoded, no two ids alike."""
    name = re.sub(r"^\.|\.$", "%2E", quote(note_id, safe="", errors="surrogatepass"))
    if name.split(".")[0].upper() in _RESERVED:
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if len(name) > LONGEST:
        digest = hashlib.sha256(note_id.encode("utf-8", "surrogatepass")).hexdigest()
        name = f"{name[: LONGEST - 66]}%~{digest}"
    return name or "%~"


def note_id(name: str) -> str:
    """The note id that `file_name` made this name of; a name that it did not make stands for itself."""
    plain = unquote(name)
    return plain if file_name(plain) == name else name


def write(mentions: Sequence[Mention], text: str, folder: Path, name: str) -> Path:
    """The note `name` as .txt and .ann in an existing folder; gives the .ann file.

    T numbers follow the text. ValueError names a mention that lies outside it.
    """
    lines = [f"{line}\n" for line in _lines(mentions, text, name)]
    stem = file_name(name)
    write_whole(folder / f"{stem}.txt", text)
    write_whole(folder / f"{stem}.ann", "".join(lines))
    return folder / f"{stem}.ann"


def _lines(mentions: Sequence[Mention], text: str, name: str) -> Iterator[str]:
    """The T lines of a note, then its A, # and R lines."""
    ordered = sorted(mentions, key=lambda mention: (mention.start, -mention.end, mention.type))
    ids = {mention.index: f"T{number}" for number, mention in enumerate(ordered, 1)}
    for mention in ordered:
        if not 0 <= mention.start < mention.end <= len(text):
            place = f"{mention.start}-{mention.end}"
            raise ValueError(f"Mention {mention.index} of '{name}' at {place} is not in its {len(text)} characters.")
        words = _BREAKS.sub(" ", text[mention.start : mention.end])
        yield f"{ids[mention.index]}\t{mention.type} {mention.start} {mention.end}\t{words}"
    attributes = [(attribute, mention) for mention in ordered for attribute in mention.attributes]
    for number, (attribute, mention) in enumerate(attributes, 1):
        yield f"A{number}\t{attribute} {ids[mention.index]}"
    notes = [(note, mention) for mention in ordered if (note := _note(mention))]
    for number, (note, mention) in enumerate(notes, 1):
        yield f"#{number}\tAnnotatorNotes {ids[mention.index]}\t{note}"
    relations = [(link, mention) for mention in ordered for link in mention.relations if link.type in RELATIONS and link.target in ids]
    for number, (relation, mention) in enumerate(relations, 1):
        yield f"R{number}\t{relation.type} Arg1:{ids[mention.index]} Arg2:{ids[relation.target]}"


def _note(mention: Mention) -> str:
    """What the guidelines write into the note of a mention: its code, or its scale and value."""
    system = NOTES.get(mention.type, "")
    values = {system: mention.codes.get(system, "")} if system else {}
    if mention.type == "SCORE":
        values = {"SCALE": mention.scale, "VALUE": mention.value}
    return " ".join(f"{key}:{' '.join(value.split())}" for key, value in values.items() if value.strip())


def read(ann: Path) -> list[Mention]:
    """The mentions of a .ann file in its order; a discontinuous mention comes as its hull.

    Their text is the .txt file's where there is one that agrees. What the guidelines do not know, and a mention whose
    text is not what stands at its offsets, is named in one warning; BratError names a line that cannot be read.
    """
    parsed = _parsed(ann)
    path = ann.with_suffix(".txt")
    text = read_text(path) if path.is_file() else None
    relations = _relations(parsed)
    mentions = [_mention(key, number, parsed, text, ann) for number, key in enumerate(parsed.spans)]
    for reference in parsed.attributes:
        _refers(reference, parsed)
    if parsed.left_out:
        what = "; ".join(f"{reason} ({count})" for reason, count in parsed.left_out.items())
        warnings.warn(f"{ann.name}: {what}.", BratWarning, stacklevel=2)
    return [replace(mention, relations=tuple(relations[key])) for key, mention in zip(relations, mentions, strict=True)]


def read_folder(folder: Path) -> dict[str, list[Mention]]:
    """The mentions of every .ann file of a folder under its note id, sorted by id."""
    found: dict[str, list[Mention]] = {}
    for ann in annotated(folder):
        name = note_id(ann.stem)
        if name in found:
            raise BratError(f"{folder} holds two .ann files of the note '{name}'. Keep one of them.")
        found[name] = read(ann)
    return dict(sorted(found.items()))


def annotated(folder: Path) -> list[Path]:
    """The .ann files of a folder, sorted, hidden ones left out."""
    return sorted(path for path in folder.glob("*.ann") if not path.name.startswith("."))


def read_text(path: Path) -> str:
    """The text of a .txt file with its line ends as they are, so that offsets hold."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise BratError(f"{path.name} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from None


def _parsed(ann: Path) -> _Parsed:
    """The lines of a .ann file, each taken apart."""
    parsed = _Parsed()
    for number, line in enumerate(read_text(ann).removeprefix("\ufeff").split("\n"), 1):
        line = line.rstrip("\r")
        if line.strip():
            _take(line, number, parsed, ann.name)
    return parsed


def _take(line: str, number: int, parsed: _Parsed, file: str) -> None:
    """Put what one line says where it belongs."""
    kind = "A" if line[0] == "M" else line[0]
    if kind in _OTHER:
        parsed.left_out[f"{_OTHER[kind]} are left out"] += 1
        return
    match = _LINES[kind].fullmatch(line) if kind in _LINES else None
    if not match:
        forms = "T, A, R and # lines of brat standoff, their parts set apart by tabs"
        raise BratError(f"{file}, line {number}: not a line of brat standoff. There may be: {forms}.")
    if kind == "T":
        _take_span(match, number, parsed, file)
    elif kind == "A":
        if _known(match[1], ATTRIBUTES, "attribute", parsed):
            parsed.attributes.setdefault(match[2], set()).add(match[1])
    elif kind == "R":
        if _known(match[1], RELATIONS, "relation", parsed):
            parsed.relations.append((match[1], match[2], match[3]))
    else:
        values = {key: value.strip() for key, value in _VALUES.findall(match[2] or "")}
        parsed.values.setdefault(match[1], {}).update(values)


def _take_span(match: re.Match[str], number: int, parsed: _Parsed, file: str) -> None:
    key, kind, places, words = match.groups()
    offsets = [int(place) for place in re.findall(r"\d+", places)]
    if key in parsed.spans or key in parsed.skipped:
        raise BratError(f"{file}, line {number}: {key} is there twice. Give each mention its own number.")
    if not _known(kind, TYPES, "type", parsed):
        parsed.skipped.add(key)
        return
    if min(offsets) >= max(offsets):
        raise BratError(f"{file}, line {number}: {key} is empty. Give it an end after its start.")
    parsed.spans[key] = _Span(number, kind, min(offsets), max(offsets), len(offsets) // 2, words or "")


def _known(name: str, names: Sequence[str], what: str, parsed: _Parsed) -> bool:
    """Whether the guidelines know a name; noted as left out when they do not."""
    if name not in names:
        parsed.left_out[f"the {what} '{name}' is not in the guidelines and left out"] += 1
    return name in names


def _mention(key: str, number: int, parsed: _Parsed, text: str | None, ann: Path) -> Mention:
    """One T line with its attributes and values, its relations still to come."""
    span, values = parsed.spans[key], parsed.values.get(key, {})
    attributes = parsed.attributes.get(key, set())
    return Mention(
        note_id=note_id(ann.stem),
        index=number,
        type=span.type,
        start=span.start,
        end=span.end,
        text=_words(span, text, parsed),
        negated="Negated" in attributes,
        uncertain="Uncertain" in attributes,
        historical="Historical" in attributes,
        family="Family" in attributes,
        codes={system: values[system] for system in NOTES.values() if values.get(system)},
        scale=values.get("SCALE", ""),
        value=values.get("VALUE", ""),
    )


def _relations(parsed: _Parsed) -> dict[str, list[Relation]]:
    """The relations that each mention holds; references to mentions that are not there are noted."""
    numbers = {key: number for number, key in enumerate(parsed.spans)}
    found: dict[str, list[Relation]] = {key: [] for key in parsed.spans}
    for kind, holder, target in parsed.relations:
        if _refers(holder, parsed) and _refers(target, parsed):
            found[holder].append(Relation(kind, numbers[target]))
    return found


def _refers(reference: str, parsed: _Parsed) -> bool:
    """Whether a mention is there; noted when it never was."""
    if reference not in parsed.spans and reference not in parsed.skipped:
        parsed.left_out["references to mentions that are not there are left out"] += 1
    return reference in parsed.spans


def _words(span: _Span, text: str | None, parsed: _Parsed) -> str:
    """The text of a mention: the note's where it agrees, else the .ann file's."""
    if text is None:
        return span.text
    words = text[span.start : span.end]
    if span.pieces > 1 or _BREAKS.sub(" ", words) == _BREAKS.sub(" ", span.text):
        return words
    parsed.left_out["mentions whose text is not what stands at their offsets in the .txt file"] += 1
    return span.text
