"""Severity and course: the words beside a disease or sign that say how bad it is and which way it goes."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.attributes.date_grammar import FoundDate
from dermnlp.attributes.patterns import CLOSED, EDGE, STAGE, union
from dermnlp.extensions import Found, found
from dermnlp.phrases import Hit, Phrases, Words, visible
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import folded_of

TOPICS = {"severity": "severity", "courses": "course"}
WORDS = "severity_words"
TYPES = ("DIAGNOSIS", "FINDING")
OF_SKIN = ("clear", "almost_clear")  # what only a disease can be
NOTHING = "no_course"  # words that look like a course and are none
CHANGES = ("improving", "worsening")
PART = re.compile(r"[.;:\n?!|]")
WORD = re.compile(r"[^\W\d_]+")
BESIDE = re.compile(r"\s*(?:,|\(|-|–)\s*\Z")
ENDS = r"\s*(?:[,.;:)\n]|\Z|[-–]\s"
REACH = 60
PASSED = ("BODY_SITE", "SCORE")


@dataclass(slots=True)
class Cue:
    """A word for a severity or a course, its place in the text, and its rank among those of its kind."""

    kind: str
    concept: str
    rank: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Grammar:
    """The cues of a language and the words that may stand between them and a mention."""

    cues: Phrases[Cue]
    link: re.Pattern[str]
    of: re.Pattern[str]
    stop: re.Pattern[str]
    denied: re.Pattern[str]
    ends: re.Pattern[str]


class Severity:
    """Writes severity and course into the details of the DIAGNOSIS or FINDING that an adjective or predicate speaks of.

    `side` says, by language, on which side of the noun adjectives stand.
    """

    def __init__(self, nlp: Language, name: str, *, side: dict[str, str] | None = None) -> None:
        self.grammar = _grammar(nlp.lang, lexicons.state())
        self.before = (side or {}).get(nlp.lang, "after") == "before"

    def __call__(self, doc: Doc) -> Doc:
        words = visible(doc)
        hits = self.grammar.cues.find(words)
        mentions = found(doc) if hits else []
        targets = [mention for mention in mentions if mention.type in TYPES]
        if not targets:
            return doc
        cues = _longest(hits, words)
        text = _Text(folded_of(doc), cues, mentions, targets, sentence_starts(doc), doc.user_data.get("dates", ()))
        ranks: dict[tuple[int, str], tuple[int, int]] = {}
        for number, cue in enumerate(cues):
            if cue.concept == NOTHING or (cue.kind == "severity" and any(_of_change(cue, other) for other in cues[max(0, number - 1) : number + 2])):
                continue
            target = self._target(text, cue)
            if target is not None:
                distance = max(target.start - cue.end, cue.start - target.end, 0)
                rank = (cue.rank if cue.kind == "course" else 0, distance)
                if rank < ranks.get((id(target), cue.kind), (99, 0)):
                    ranks[id(target), cue.kind] = rank
                    target.details[cue.kind] = cue.concept
        return doc

    def _target(self, text: "_Text", cue: Cue) -> Found | None:
        """The mention that a cue speaks of, if any."""
        holder = text.holder(cue)
        if holder is not None:
            return holder if holder.type in TYPES and cue.kind == "severity" else None
        low, high = text.sentence(cue)
        target = self._beside(text, cue, low, high)
        if target is None or not self._may(cue, target) or self.grammar.denied.search(text.folded, max(low, cue.start - 24), cue.start):
            return None
        return target

    def _beside(self, text: "_Text", cue: Cue, low: int, high: int) -> Found | None:
        """The better of the mentions left and right of a cue in its sentence."""
        right = text.right(cue, high)
        near_right = self._right(text, cue, right)
        if near_right == 3 or (near_right == 2 and self.before):
            return right
        left = text.left(cue, low)
        near_left = self._left(text, cue, left, near_right)
        if near_right != near_left:
            return right if near_right > near_left else left
        return None if not near_left else right if self.before else left

    def _right(self, text: "_Text", cue: Cue, target: Found | None) -> int:
        """How well a mention to the right fits: 3 for "flare of X", 2 for an adjective before its noun, 1 with words between, else 0."""
        if target is None:
            return 0
        gap = text.gap(cue.end, target.start)
        if gap == " ":
            return 2
        if gap is None or PART.search(gap) or ")" in gap:
            return 0
        if self.grammar.of.fullmatch(gap):
            return 3
        words = WORD.findall(gap)
        if not words:
            return 2 if "," not in gap or self.before else 0
        return 1 if self.before and len(words) <= 2 and not self.grammar.stop.search(gap) and "," not in gap else 0

    def _left(self, text: "_Text", cue: Cue, target: Found | None, right: int) -> int:
        """How well a mention to the left fits: 2 right beside the cue or joined by a verb, 1 with a word between or after a comma, else 0."""
        if target is None:
            return 0
        gap = text.gap(target.end, cue.start)
        if gap == " ":
            return 1 if self.before and right else 2
        if gap is None or PART.search(gap) or self.grammar.denied.search(gap):
            return 0
        words, unknown = WORD.findall(gap), WORD.findall(self.grammar.link.sub(" ", gap))
        if "," in gap or "(" in gap or "-" in gap:
            return 1 if BESIDE.fullmatch(gap.lstrip()[:1] + " ") and not unknown and self.grammar.ends.match(text.folded, text.after(cue)) else 0
        if not words:
            return 1 if self.before and right else 2
        return 2 if not unknown else 1 if len(unknown) == 1 and (not self.before or len(words) > 1) else 0

    def _may(self, cue: Cue, target: Found) -> bool:
        """Whether a mention can have what a cue says."""
        if cue.concept in OF_SKIN and target.type != "DIAGNOSIS":
            return False
        return not (cue.kind == "course" and (target.negated or target.uncertain))


class _Text:
    """A text with its cues and mentions, and the gaps between them."""

    def __init__(
        self, folded: str, cues: list[Cue], mentions: list[Found], targets: list[Found], sentences: list[int], dates: Iterable[FoundDate]
    ) -> None:
        self.folded, self.cues, self.mentions, self.targets, self.sentences, self.dates = folded, cues, mentions, targets, sentences, dates
        self.starts = [mention.start for mention in targets]
        self.all_starts = [mention.start for mention in mentions]

    @cached_property
    def skipped(self) -> list[tuple[int, int]]:
        """Where the cues, body sites, scores and dates stand."""
        passed = [(mention.start, mention.end) for mention in self.mentions if mention.type in PASSED]
        return sorted([*((item.start, item.end) for item in self.dates), *passed, *((cue.start, cue.end) for cue in self.cues)])

    def sentence(self, cue: Cue) -> tuple[int, int]:
        """The first and the end character of a cue's sentence."""
        position = bisect_right(self.sentences, cue.start)
        return self.sentences[position - 1], self.sentences[position] if position < len(self.sentences) else len(self.folded)

    def holder(self, cue: Cue) -> Found | None:
        """The mention that a cue lies in."""
        position = bisect_right(self.all_starts, cue.start)
        for mention in self.mentions[max(0, position - 3) : position]:
            if cue.end <= mention.end and mention.type != "BODY_SITE":
                return mention
        return None

    def left(self, cue: Cue, low: int) -> Found | None:
        """The last disease or sign before a cue in its sentence."""
        position = bisect_left(self.starts, cue.start)
        near = [m for m in reversed(self.targets[max(0, position - 3) : position]) if m.end <= cue.start and m.start >= low]
        return max(near, key=lambda m: (m.end, m.end - m.start)) if len(near) > 1 else near[0] if near else None

    def right(self, cue: Cue, high: int) -> Found | None:
        """The first disease or sign behind a cue in its sentence."""
        position = bisect_left(self.starts, cue.end)
        target = self.targets[position] if position < len(self.targets) else None
        return target if target and target.start < high else None

    def after(self, cue: Cue) -> int:
        """The end of a cue and of those that touch it."""
        end = cue.end
        for start, stop in self.skipped:
            if end <= start <= end + 1 or (start < end < stop):
                end = stop
        return end

    def gap(self, start: int, end: int) -> str | None:
        """The text between a mention and a cue without the other cues, body sites, scores and dates; None when it is too long."""
        if end - start > REACH:
            return None
        if end - start == 1 and self.folded[start] == " ":
            return " "
        parts, at = [], start
        for first, last in self.skipped[bisect_left(self.skipped, (start, 0)) : bisect_right(self.skipped, (end, 0))]:
            if first >= at and last <= end:
                parts.append(self.folded[at:first])
                at = last
        gap = " ".join((*parts, self.folded[at:end]))
        others = self.mentions[bisect_left(self.all_starts, start) : bisect_left(self.all_starts, end)]
        return None if any(m.type not in PASSED for m in others) else gap


def _of_change(cue: Cue, other: Cue) -> bool:
    """Whether a severity is that of the change which stands beside it: "marked improvement"."""
    return other.concept in CHANGES and max(cue.start - other.end, other.start - cue.end) <= 1


def _longest(hits: list[Hit[Cue]], words: Words) -> list[Cue]:
    """The cues of a text that no longer one holds inside it, in the order of the text."""
    kept: list[Cue] = []
    reach = -1
    for first, last, cue in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if last > reach:
            reach = last
            kept.append(Cue(cue.kind, cue.concept, cue.rank, words.start[first], words.start[last] + len(words.raw[last])))
    return kept


@lru_cache(maxsize=8)
def _grammar(language: str, state: tuple[object, ...]) -> Grammar:
    """The grammar of a language from the rows."""
    cues = []
    for topic, kind in TOPICS.items():
        ranks = {concept: rank for rank, concept in enumerate(lexicons.concepts(STAGE, topic))}
        for row in lexicons.terms(STAGE, topic, language):
            if row["concept"] in ranks:
                cues.append((row["term"], row.get("match", ""), Cue(kind, row["concept"], ranks[row["concept"]])))
    words = {name: union(WORDS, language, name) for name in ("link", "of", "stop", "denied", "follows")}
    return Grammar(
        Phrases(language, cues),
        re.compile(rf"{EDGE}(?:{words['link']}){CLOSED}"),
        re.compile(rf"\s+(?:{words['of']})\s+(?:[^\W\d_]+\s+)?"),
        re.compile(rf"{EDGE}(?:{words['stop']}){CLOSED}"),
        re.compile(rf"{EDGE}(?:{words['denied']})(?:\s+[^\W\d_]+)?\s*\Z"),
        re.compile(rf"{ENDS}|(?:{words['follows']}){CLOSED})"),
    )
