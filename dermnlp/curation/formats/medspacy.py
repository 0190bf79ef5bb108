"""medspaCy's rules as JSON: target rules, ConText rules and section rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from dermnlp import lexicons
from dermnlp.curation.formats import patterns
from dermnlp.curation.formats.entries import Entry, Refused, Request, cells_of, json_of, slug, table
from dermnlp.lexicons import Row
from dermnlp.tables import write_whole
from dermnlp.tokens import split

NAME = "medspacy"
KINDS = ("target_rules", "context_rules", "section_rules")
TARGETS = ("DIAGNOSIS", "DRUG", "FINDING", "PROCEDURE")
INNER = "n't"
Rule = Mapping[str, Any]
Known = Mapping[str, Mapping[str, Row]]
Read = Callable[[Rule, Request], Iterator[tuple[str, str, Row]] | str]


def read(source: str, request: Request) -> Iterator[Entry | Refused]:
    """The rules of a file, each numbered from 1 in its list; LexiconError when it holds none of the three lists."""
    path, language = Path(source), request.spoken()
    found = json_of(path)
    data = found if isinstance(found, dict) else {}
    known = {topic: lexicons.concepts("context", topic) for topic in lexicons.topics("context")}
    readers: dict[str, Read] = {"target_rules": _target, "context_rules": partial(_cue, known), "section_rules": _section}
    kinds = [kind for kind in KINDS if isinstance(data.get(kind), list)]
    if not kinds:
        raise lexicons.LexiconError(f"'{path}' holds no medspaCy rules. It has: {', '.join(data) or 'nothing'}. There must be one of: {', '.join(KINDS)}.")
    for kind in kinds:
        for number, rule in enumerate(data[kind], 1):
            file = path.name if len(kinds) == 1 else f"{path.name}: {kind}"
            yield from _rule(rule, readers[kind], Entry(number, "", "", language, {}, {}, file), request)


def write(path: Path, entries: Iterable[Entry], request: Request) -> int:
    """Rules of the kinds that the stages call for, of one language, in one file, each with what medspaCy can't say in its metadata."""
    language = request.spoken()
    data: dict[str, list[dict[str, Any]]] = {}
    writers = {"entities": ("target_rules", _as_target), "context": ("context_rules", _as_cue), "sections": ("section_rules", _as_section)}
    for entry in entries:
        if entry.term and entry.stage in writers and entry.language == language and entry.concept["concept"] != lexicons.SWITCHED_OFF:
            kind, rule = writers[entry.stage]
            data.setdefault(kind, []).append(rule(entry))
    write_whole(path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    return sum(map(len, data.values()))


def _rule(rule: Any, reader: Read, at: Entry, request: Request) -> Iterator[Entry | Refused]:
    """The entries of a rule: one for each literal of it and each concept that it stands for."""
    literal = str(rule.get("literal", "")) if isinstance(rule, dict) else ""
    words, reason = _words(rule) if literal else ([], "has no literal")
    meant = reason or reader(rule, request)
    if isinstance(meant, str):
        yield Refused(at.file, at.place, literal, meant)
        return
    inner = [word for word in words if word.startswith(INNER)]
    if inner:
        yield Refused(at.file, at.place, literal, f"{len(inner)} of its {len(words)} literals begin within a word ('{inner[0]}'), and ours are whole words")
    given = _metadata(rule)
    own = {name: str(given.get(name) or "") for name in ("match", "sense")}
    if not own["match"] and isinstance(rule.get("pattern"), list) and patterns.exact(rule["pattern"]):
        own["match"] = "exact"
    for stage, topic, concept in meant:
        for word in words:
            if word not in inner:
                text = word.strip().rstrip(":").rstrip() if stage == "sections" else word
                term = {"term": text, **{name: value for name, value in own.items() if value}}
                yield Entry(at.place, stage, topic, at.language, concept or {"concept": slug(word)}, term, at.file)


def _words(rule: Rule) -> tuple[list[str], str]:
    """The literals that a rule matches, and why it has none."""
    pattern, literal = rule.get("pattern"), str(rule["literal"])
    if not pattern:
        return [literal], ""
    if isinstance(pattern, str):
        return [], "has a regular expression as its pattern, and ours are literals"
    words, reason = patterns.literals(pattern)
    return [literal if split(word) == split(literal) else word for word in words], f"has a pattern that {reason}" if reason else ""


def _metadata(rule: Rule) -> Mapping[str, Any]:
    """What a rule says beside what medspaCy reads."""
    given = rule.get("metadata")
    return given if isinstance(given, dict) else {}


def _target(rule: Rule, request: Request) -> Iterator[tuple[str, str, Row]] | str:
    """A target rule: its category gives the type, its metadata or its literal the concept."""
    category = str(rule.get("category", ""))
    known = table(NAME, "type").get(category.upper(), [])
    type_ = request.types.get(category) or request.type or next(iter(known), "")
    if rule.get("attributes"):
        return "sets attributes of its own: give them to a concept in concepts.csv"
    if not type_:
        return f"has the category '{category}', which is no type of ours. Give --map '{category}=DIAGNOSIS' or another type"
    given = _metadata(rule)
    cells = cells_of("entities", given)
    cells["concept"] = request.concept or cells.get("concept") or slug(str(rule["literal"]))
    return iter([("entities", str(given.get("topic") or request.topic), {"type": type_, **cells})])


def _cue(known: Known, rule: Rule, request: Request) -> Iterator[tuple[str, str, Row]] | str:
    """A ConText rule: a cue before or after, a pseudo-cue, or the end of a scope; both sides are two cues."""
    category, direction = str(rule.get("category", "")).upper(), str(rule.get("direction") or "BIDIRECTIONAL").upper()
    topics, sides = table(NAME, "category").get(category), table(NAME, "direction").get(direction)
    if not topics or not sides:
        what, given, there = ("direction", direction, "direction") if topics else ("category", category, "category")
        return f"has the {what} '{given}'. Known are: {', '.join(table(NAME, there))}"
    if rule.get("max_targets"):
        return "has max_targets, and a cue of ours reaches every mention in its scope"
    types, reason = _types(rule)
    if reason:
        return reason
    topic, key = topics[0], str(_metadata(rule).get("concept", ""))
    return (("context", topic, _scoped(known[topic], f"{topic}.{side}", rule.get("max_scope"), types, key)) for side in sides)


def _types(rule: Rule) -> tuple[str | None, str]:
    """The types of ours that a ConText rule is restricted to (None: not at all), and why they can't be told."""
    known = table(NAME, "type")
    allowed, labels = rule.get("allowed_types"), [str(label).upper() for label in rule.get("allowed_types") or rule.get("excluded_types") or ()]
    unknown = [label for label in labels if label not in known]
    if unknown:
        return None, f"is restricted to types of which '{unknown[0]}' is none of ours"
    if not labels:
        return None, ""
    named = {ours for label in labels for ours in known[label]}
    types = [name for name in TARGETS if (name in named) == bool(allowed)]
    return ";".join(types), "" if types else "is restricted to types that cues of ours don't reach"


def _scoped(known: Mapping[str, Row], plain: str, scope: Any, types: str | None, key: str) -> Row:
    """The concept of a cue: the `plain` one of its topic and direction, or one with a scope or types of its own."""
    direction, row = plain.rpartition(".")[2], known.get(key or plain)
    if row and row["direction"] == direction and (key or (not scope and types is None)):
        return {"concept": row["concept"]}
    reach = str(int(scope) - 1) if scope else ""
    parts = [plain, *([f"reach_{reach}"] if reach else []), *([slug(types)] if types else [])]
    return {"concept": key or ".".join(parts), "direction": direction, "reach": reach, "types": types or ""}


def _section(rule: Rule, request: Request) -> Iterator[tuple[str, str, Row]] | str:
    """A section rule: a header of a section of ours where its category is known, else of one that it names."""
    if rule.get("parent_required"):
        return "holds under a parent only, and headers of ours hold anywhere"
    if rule.get("max_scope"):
        return "has max_scope, and a section of ours ends at the next header"
    category = slug(str(rule.get("category") or ""))
    if not category:
        return "has no category"
    ours = table(NAME, "section").get(category, [category])[0]
    return iter([("sections", "headers", {"concept": ours, "name": ours.replace("_", " ").capitalize()})])


def _as_target(entry: Entry) -> dict[str, Any]:
    term, exact = entry.term["term"], entry.term.get("match") == "exact"
    cells = {name: value for name, value in {**entry.concept, **entry.term, "topic": entry.topic}.items() if value and name not in ("term", "type")}
    pattern = [{"ORTH": word} for word in split(term)] if exact else None
    return {"literal": term, "category": entry.concept["type"], "pattern": pattern, "metadata": cells}


def _as_cue(entry: Entry) -> dict[str, Any]:
    concept = entry.concept
    category = next(theirs for theirs, ours in table(NAME, "category").items() if entry.topic in ours)
    direction = next(theirs for theirs, ours in table(NAME, "direction").items() if concept["direction"] in ours)
    rule: dict[str, Any] = {"literal": entry.term["term"], "category": category, "pattern": None, "direction": direction}
    if concept.get("reach"):
        rule["max_scope"] = int(concept["reach"]) + 1
    if concept.get("types"):
        rule["allowed_types"] = concept["types"].split(";")
    match = {"match": entry.term["match"]} if entry.term.get("match") else {}
    return {**rule, "metadata": {"concept": concept["concept"], **match}}


def _as_section(entry: Entry) -> dict[str, Any]:
    match = {"metadata": {"match": entry.term["match"]}} if entry.term.get("match") else {}
    return {"literal": entry.term["term"], "category": entry.concept["concept"], "pattern": None, **match}
