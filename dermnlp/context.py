"""Context: one algorithm; negation, uncertainty, temporality and experiencer are four cue tables."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.entities.readings import readings
from dermnlp.extensions import Found, found
from dermnlp.mentions import ATTRIBUTED, OTHER, UNTYPED, Cue
from dermnlp.phrases import Hit, Phrases, Words, visible
from dermnlp.sections import Section, section_at
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import text_of

STAGE = "context"
ATTRIBUTE = {"negation": "Negated", "uncertainty": "Uncertain", "temporality": "Historical", "experiencer": "Family"}
NEGATED, UNCERTAIN, HISTORICAL = "Negated", "Uncertain", "Historical"
TREATMENT = "DRUG"
CLAUSE = 60  # characters
CLAUSE_END = re.compile(r"\.(?=\s)|[;\n→]|->")
STOPS = ("stop", "clause", "head")
COMPOSED, COMPOSING = ("before", "after"), ("joined", "annul_last", "annul_next")
CLOSED = -1
COPIED = {"copied", "temporality.pathway"}  # the concepts of text from an earlier visit
CONDITIONS = {"uncertainty.if"}
NO_LIMIT = 10_000
PHRASE = "phrase"
JUDGED = ATTRIBUTED | {UNTYPED, OTHER}
DISEASES = {"DIAGNOSIS", "FINDING"}
OPENING, CLOSING = frozenset("(["), frozenset(")]")
FEW = 2
DRUG, DOSAGE, NEAR = "DRUG", frozenset({"DOSE", "ROUTE", "FREQUENCY"}), 3
QUERY = "?"
LIST = 24  # words that the items of a list may have
ABBREVIATED = 1  # words in brackets between an item and its comma
HEAD = "entities/tagger"
NO_SAY = [0.0, 2.0]  # limits that no probability crosses


@dataclass(frozen=True, slots=True)
class Rule:
    """What a cue does: its attribute, its direction (as in `lexicons/README.md`), how far it reaches, and for which types.

    A phrase's cue doesn't reach over a comma ("not tender, red"). `codes` are how the ICD-10-CM codes begin that it is for; none: all.
    """

    name: str
    attribute: str
    direction: str
    reach: int
    types: frozenset[str]
    phrase: bool
    codes: tuple[str, ...]


class Context:
    """Sets negated, uncertain, historical and family on the mentions, each with the cue that decided it.

    `heads` names the attributes in which the tagger has a say, with two limits each: below the first probability what the cues set
    falls, from the second on the attribute is set without a cue.
    """

    def __init__(self, nlp: Language, name: str, *, heads: dict[str, list[float]] | None = None) -> None:
        self.phrases = _cues(nlp.lang, lexicons.state())
        self.joiners = _joiners(nlp.lang, lexicons.state())
        self.listed = {rule.name: rule.reach for _, _, rule in _rows(nlp.lang) if _for_lists(rule)}
        joined = "|".join(map(re.escape, sorted(self.joiners)))
        self.between_items = re.compile(rf"(?:\s*\([^()]*\))?(?:\s*[,/+&]\s*|\s+)(?:({joined})\s+)?", re.IGNORECASE)
        self.heads = heads or {}

    def __call__(self, doc: Doc) -> Doc:
        mentions = found(doc)
        if not mentions:
            return doc
        words, text, sentences = visible(doc), text_of(doc), sentence_starts(doc)
        hits = _strongest(_whole(self.phrases.find(words), words, sentences), words, mentions, sentences)
        cues, breaks = _by_sentence(hits, words, sentences), _breaks(hits, words)
        sections: list[Section] = doc.user_data.get("sections", [])
        section_starts = [section.start for section in sections]
        items: dict[str, tuple[Found, int]] = {}
        for mention in mentions:
            mention.sentence = bisect_right(sentences, mention.start) - 1
            section = section_at(sections, section_starts, mention.start)
            mention.section = section.concept if section else ""
            if mention.type in JUDGED:
                if section:
                    _by_section(mention, section, text, breaks)
                if mention.sentence in cues:
                    _by_cues(mention, words, cues[mention.sentence], text, self.joiners)
                    self._by_list(mention, items, text)
            elif mention.type in DOSAGE and DRUG in items and mention.start - items[DRUG][1] <= NEAR:
                items[DRUG] = (items[DRUG][0], mention.end)
        _by_treatments(mentions, text, breaks)
        _settle(mentions)
        self._by_heads(doc, mentions)
        return doc

    def _by_list(self, mention: Found, items: dict[str, tuple[Found, int]], text: str) -> None:
        """What a list says of its first items ("failed A, B and C") it says of the next one of the same type."""
        if mention.type in items:
            item, end = items[mention.type]
            given = [cue for cue in item.cues if cue.rule in self.listed] if item.sentence == mention.sentence else []
            between = self.between_items.fullmatch(text, end, mention.start) if given else None
            for cue in given if between else ():
                if between[1] or self.listed[cue.rule] > FEW:
                    _set(mention, cue.attribute, cue.rule, cue.start, cue.end, text)
        items[mention.type] = (mention, mention.end)

    def _by_heads(self, doc: Doc, mentions: list[Found]) -> None:
        """What the tagger thinks of the attributes that `heads` names, where a tagger has read the note."""
        read = readings(doc)
        if read is None or not self.heads:
            return
        for mention in (one for one in mentions if one.type in ATTRIBUTED):
            for attribute, chance in read.chances(mention.start, mention.end).items():
                low, high = self.heads.get(attribute, NO_SAY)
                if chance < low:
                    _unset(mention, attribute)
                elif chance >= high:
                    _set(mention, attribute, HEAD, mention.start, mention.end, text_of(doc))


@lru_cache(maxsize=8)
def _cues(language: str, state: tuple[object, ...]) -> Phrases[Rule]:
    """The cues of a language over all categories."""
    return Phrases(language, _rows(language))


@lru_cache(maxsize=8)
def _joiners(language: str, state: tuple[object, ...]) -> frozenset[str]:
    """The words that join the items of a list."""
    return frozenset(row["term"] for row in lexicons.terms("sentences", "joiners", language))


def _rows(language: str) -> Iterator[tuple[str, str, Rule]]:
    for category in lexicons.topics(STAGE):
        kinds = lexicons.concepts(STAGE, category)
        for row in lexicons.terms(STAGE, category, language):
            if row["concept"] in kinds:
                kind = kinds[row["concept"]]
                rule = Rule(
                    name=f"{STAGE}/{category}:{row['concept']}",
                    attribute=ATTRIBUTE[category],
                    direction=kind["direction"],
                    reach=int(kind["reach"] or NO_LIMIT),
                    types=_types(kind["types"], kind["direction"]),
                    phrase=kind.get("scope") == PHRASE,
                    codes=tuple(part for part in kind.get("codes", "").split(";") if part),
                )
                yield row["term"], row.get("match") or "word", rule


def _for_lists(rule: Rule) -> bool:
    """Whether what a cue says of an item of a list holds for the next ones too, however far they are; if it reaches few words, after "or" alone."""
    return rule.direction == "before" and rule.reach < NO_LIMIT and rule.attribute in (UNCERTAIN, HISTORICAL)


def _types(cell: str, direction: str) -> frozenset[str]:
    """The types that a cue is for; a span without type takes all cues, but not the stops that are for treatments alone."""
    types = frozenset(part for part in cell.split(";") if part) or ATTRIBUTED
    if types & DISEASES:
        return types | {UNTYPED, OTHER}
    return types if direction in STOPS else types | {UNTYPED}


def _whole(hits: list[Hit[Rule]], words: Words, sentences: list[int]) -> Iterator[Hit[Rule]]:
    """The cues that lie in one sentence."""
    for hit in hits:
        if hit[0] == hit[1] or bisect_right(sentences, words.start[hit[0]]) == bisect_right(sentences, words.start[hit[1]]):
            yield hit


def _by_sentence(hits: list[Hit[Rule]], words: Words, sentences: list[int]) -> dict[int, list[Hit[Rule]]]:
    """The cues of each sentence, in the order of the text."""
    table: dict[int, list[Hit[Rule]]] = {}
    for hit in hits:
        table.setdefault(bisect_right(sentences, words.start[hit[0]]) - 1, []).append(hit)
    return table


def _strongest(hits: Iterator[Hit[Rule]], words: Words, mentions: list[Found], sentences: list[int]) -> list[Hit[Rule]]:
    """The cues that no longer cue of their category holds inside it, that don't lie in a mention, and that aren't pseudo-cues."""
    starts = [mention.start for mention in mentions]
    longest: dict[str, tuple[int, int]] = {}
    kept = []
    for hit in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        first, last, rule = hit
        if rule.direction == "pseudo" and _runs_into(words, first, last, starts):
            continue
        before = longest.get(rule.attribute, (-1, -1))
        if last <= before[1] and (first, last) != before:
            continue
        if last > before[1]:
            longest[rule.attribute] = (first, last)
        if rule.direction != "pseudo" and not _inside(words.start[first], starts, mentions, sentences):
            kept.append(hit)
    return _composed(kept) if any(rule.direction in COMPOSING for _, _, rule in kept) else kept


def _composed(hits: list[Hit[Rule]]) -> list[Hit[Rule]]:
    """The cues as the words that touch them make them: "madre con" joins one, "madre refiere" and "acude con su madre" annul it."""
    joined = {(rule.attribute, first): (last, rule) for first, last, rule in hits if rule.direction == "joined"}
    annulled = {(rule.attribute, first) for first, _, rule in hits if rule.direction == "annul_last"}
    escorted = {(rule.attribute, last) for _, last, rule in hits if rule.direction == "annul_next"}
    composed: list[Hit[Rule]] = []
    ends = -1
    for first, last, rule in hits:
        attribute = rule.attribute
        if rule.direction not in COMPOSED:
            if rule.direction not in COMPOSING and first > ends:
                composed.append((first, last, rule))
        elif (attribute, last + 1) not in annulled and not {(attribute, first - 1), (attribute, first - 2)} & escorted:
            composed.append((first, last, rule))
            if (attribute, last + 1) in joined:
                ends, joint = joined[attribute, last + 1]
                composed.append((first, ends, joint))
    return composed


def _runs_into(words: Words, first: int, last: int, starts: list[int]) -> bool:
    """Whether a mention begins within a cue: then the words say something of the mention ("sin [complicaciones]")."""
    position = bisect_right(starts, words.start[last]) - 1
    return position >= 0 and starts[position] > words.start[first]


def _inside(at: int, starts: list[int], mentions: list[Found], sentences: list[int]) -> bool:
    """Whether a character lies in a mention; one may nest in the one before it. A condition that begins a sentence is a cue still ("Si dolor, …")."""
    position = bisect_right(starts, at) - 1
    if position < 0:
        return False
    holder = next((mention for mention in mentions[max(0, position - 1) : position + 1] if at < mention.end), None)
    return holder is not None and (holder.type in JUDGED or sentences[bisect_right(sentences, at) - 1] != at)


def _breaks(hits: list[Hit[Rule]], words: Words) -> list[int]:
    """The characters at which words bring the text back to the present ("ahora", "acude por")."""
    return [words.start[first] for first, _, rule in hits if rule.direction in STOPS and rule.attribute == HISTORICAL and words.raw[first].isalpha()]


def _unbroken(start: int, end: int, breaks: list[int]) -> bool:
    return bisect_right(breaks, start) == bisect_right(breaks, end - 1)


def _by_section(mention: Found, section: Section, text: str, breaks: list[int]) -> None:
    """The attributes that a section gives to its mentions; one of earlier treatments ends where the text comes back to the present."""
    if not section.attributes or not section.body <= mention.start < section.scope:
        return
    if not section.types or mention.type in section.types or (mention.type in (UNTYPED, OTHER) and DISEASES & set(section.types)):
        for attribute in section.attributes:
            if attribute != HISTORICAL or not section.types or _unbroken(section.body, mention.start, breaks):
                _set(mention, attribute, f"sections/headers:{section.concept}", section.start, section.body, text)


def _by_treatments(mentions: list[Found], text: str, breaks: list[int]) -> None:
    """What the clause of an ended treatment says of it, its effect or the reason to end it, is past with it."""
    ended: Found | None = None
    for mention in mentions:
        if mention.type == TREATMENT:
            ended = mention if mention.historical and not mention.negated else None
        elif ended and mention.type in DISEASES and not mention.negated and _same_clause(ended.end, mention.start, text, breaks):
            cue = next(cue for cue in ended.cues if cue.attribute == HISTORICAL)
            _set(mention, HISTORICAL, cue.rule, cue.start, cue.end, text)


def _same_clause(start: int, end: int, text: str, breaks: list[int]) -> bool:
    return end - start <= CLAUSE and not CLAUSE_END.search(text, start, end) and _unbroken(start, end, breaks)


def _by_cues(mention: Found, words: Words, cues: list[Hit[Rule]], text: str, joiners: frozenset[str]) -> None:
    """The attributes that the cues of its sentence give to a mention, the nearest cue first."""
    first = bisect_right(words.start, mention.start) - 1
    last = bisect_right(words.start, mention.end - 1) - 1
    meant = [cue for cue in cues if _meant(mention, cue[2])]
    held = _by_cues_before(mention, words, [cue for cue in reversed(meant) if cue[0] < first], first, text)
    closed = dict.fromkeys(held, CLOSED)
    for begins, ends, rule in meant:
        if begins <= last:
            continue
        if rule.direction in STOPS:
            closed.setdefault(rule.attribute, CLOSED)
        elif rule.direction == "after" and rule.attribute not in closed and _reaches_back(rule, words.raw[last + 1 : begins], joiners) and not _opens(words, ends):
            _give(mention, rule, words, begins, ends, text)


def _meant(mention: Found, rule: Rule) -> bool:
    """Whether a cue is for mentions of this type and code."""
    return mention.type in rule.types and (not rule.codes or mention.codes.get("icd10cm", "").startswith(rule.codes))


def _by_cues_before(mention: Found, words: Words, cues: list[Hit[Rule]], first: int, text: str) -> set[str]:
    """Give a mention the attributes of the cues before it, and tell which attributes are held from it."""
    closed: dict[str, int] = {}
    held = set()
    for begins, ends, rule in cues:
        between = words.raw[ends + 1 : first]
        if rule.direction in STOPS:
            _close(closed, rule, begins, ends)
            if rule.direction == "head" and len(between) <= rule.reach:
                held.add(rule.attribute)
        elif rule.direction == "ahead" and len(between) <= rule.reach and _governs_on(words, text, begins, between):
            _give(mention, rule, words, begins, ends, text)
        elif rule.direction in ("before", "joined") and closed.get(rule.attribute, ends + 1) == ends + 1 and _reaches_on(rule, between):
            _give(mention, rule, words, begins, ends, text)
            _govern(mention, closed, rule, words, begins)
    return held


def _give(mention: Found, rule: Rule, words: Words, begins: int, ends: int, text: str) -> None:
    """Set the attribute of a rule whose cue stands at words [begins, ends]."""
    _set(mention, rule.attribute, rule.name, words.start[begins], words.start[ends] + len(words.raw[ends]), text)


def _governs_on(words: Words, text: str, begins: int, between: list[str]) -> bool:
    """Whether a condition reaches over these words: beyond a comma only when it opens its clause ("si brote, X"; not "X si brote, Y")."""
    opens = begins == 0 or not words.raw[begins - 1][-1].isalnum() or "\n" in text[words.start[begins - 1] : words.start[begins]]
    return ";" not in between and (opens or "," not in between)


def _reaches_on(rule: Rule, between: list[str]) -> bool:
    """Whether a cue holds for a mention that these words part from it: they are few enough, and neither stands alone in brackets."""
    if len(between) > rule.reach or (rule.phrase and "," in between):
        return False
    return rule.attribute != NEGATED or not _open(between)


def _open(between: list[str]) -> bool:
    """Whether a bracket opens or closes between two words and not both."""
    depth = 0
    for word in between:
        depth += (word in OPENING) - (word in CLOSING)
        if depth < 0:
            return True
    return depth > 0


def _reaches_back(rule: Rule, between: list[str], joiners: frozenset[str]) -> bool:
    """Whether a cue holds for a mention that these words part from it: they are few enough, and another subject only if both are a list."""
    if between and (between[-1].lower() in joiners or (rule.phrase and "," in between)):
        return False
    if "," not in between:
        return len(between) <= rule.reach
    comma = between.index(",")
    if not any(word.isalpha() for word in between[comma + 1 :]):
        return len(between) <= rule.reach + 1
    joined = [position for position, word in enumerate(between) if word.lower() in joiners]
    items = [word for word in between[:comma] if word not in OPENING and word not in CLOSING]
    return len(items) <= ABBREVIATED and len(joined) == 1 and joined[0] > comma + 1 and rule.reach > 0 and len(between) <= LIST


def _opens(words: Words, ends: int) -> bool:
    """Whether the mark at a word belongs to the next one ("rash ?psoriasis")."""
    return words.raw[ends] == QUERY and ends + 1 < len(words.raw) and words.start[ends + 1] == words.start[ends] + 1 and words.raw[ends + 1].isalnum()


def _close(closed: dict[str, int], rule: Rule, begins: int, ends: int) -> None:
    """End the scope of the cues beyond a stop; a clause keeps open the cue that stands right before it ("no | refiere")."""
    nearer = closed.get(rule.attribute)
    if rule.direction == "clause" and nearer in (None, ends + 1):
        closed[rule.attribute] = begins
    elif nearer is None or nearer == ends + 1:
        closed[rule.attribute] = CLOSED


def _govern(mention: Found, closed: dict[str, int], rule: Rule, words: Words, begins: int) -> None:
    """Of a negation and a hedge only one holds: the negation, unless a hedge stands nearer behind a mark ("sin fiebre, probable")."""
    if rule.attribute == UNCERTAIN and begins and not words.raw[begins - 1][-1].isalnum():
        closed.setdefault(NEGATED, CLOSED)
    elif rule.attribute == NEGATED:
        closed.setdefault(UNCERTAIN, CLOSED)
        if any(cue.attribute == UNCERTAIN and words.start[begins] < cue.start < mention.start for cue in mention.cues):
            _unset(mention, UNCERTAIN)


def _settle(mentions: list[Found]) -> None:
    """What is denied is no longer uncertain; what is denied or a relative's has no history, unless the whole text is an earlier one."""
    for mention in mentions:
        if mention.negated and mention.uncertain:
            _unset(mention, NEGATED if _rules(mention, UNCERTAIN) & CONDITIONS else UNCERTAIN)
        if mention.historical and (mention.negated or mention.family) and not _rules(mention, HISTORICAL) & COPIED:
            _unset(mention, HISTORICAL)


def _rules(mention: Found, attribute: str) -> set[str]:
    """The concepts of the cues that gave a mention an attribute."""
    return {cue.rule.rpartition(":")[2] for cue in mention.cues if cue.attribute == attribute}


def _unset(mention: Found, attribute: str) -> None:
    """Take an attribute back, with its cue."""
    mention.cues = tuple(cue for cue in mention.cues if cue.attribute != attribute)
    setattr(mention, attribute.lower(), False)


def _set(mention: Found, attribute: str, rule: str, start: int, end: int, text: str) -> None:
    """Set an attribute, with its first cue."""
    if not any(known.attribute == attribute for known in mention.cues):
        mention.cues = (*mention.cues, Cue(attribute, rule, start, end, text[start:end]))
    setattr(mention, attribute.lower(), True)
