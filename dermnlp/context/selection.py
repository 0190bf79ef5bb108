"""Which of the cues found in a text stand: the longest ones of a sentence that holds mentions, outside the mentions."""

from bisect import bisect_left, bisect_right
from functools import cached_property
from itertools import accumulate

from dermnlp.context.rules import COMPOSED, COMPOSING, HISTORICAL, JOINED, JUDGED, Rule
from dermnlp.extensions import Found
from dermnlp.phrases import Hit, Words

NOWHERE = (-1, -1)


class Cues:
    """The cues of a sentence in the order of the text, sorted out by the types they are for."""

    def __init__(self, cues: list[Hit[Rule]]) -> None:
        self.cues = cues
        self.by_type: dict[str, tuple[list[Hit[Rule]], bool]] = {}

    def of(self, mention: Found) -> list[Hit[Rule]]:
        """The cues that are for a mention of this type and code."""
        if mention.type not in self.by_type:
            meant = [cue for cue in self.cues if mention.type in cue[2].types]
            if all(rule.stops for _, _, rule in meant):
                meant = []
            self.by_type[mention.type] = meant, any(cue[2].codes for cue in meant)
        meant, coded = self.by_type[mention.type]
        if not coded:
            return meant
        code = mention.codes.get("ICD10CM", "")
        return [cue for cue in meant if not cue[2].codes or code.startswith(cue[2].codes)]


class Selection:
    """The cues that stand, by sentence, and the characters at which words bring the text back to the present ("now")."""

    def __init__(self, hits: list[Hit[Rule]], words: Words, sentences: list[int], mentions: list[Found]) -> None:
        self.hits, self.words, self.sentences, self.mentions = hits, words, sentences, mentions
        self.firsts = [hit[0] for hit in hits]
        self.starts = [mention.start for mention in mentions]
        self.furthest = list(accumulate([mention.end for mention in mentions], max))
        self.cues = {number: self._of(number, attributes) for number, attributes in self._given().items()}

    @cached_property
    def breaks(self) -> list[int]:
        """The characters of the words that end what is past, in the order of the text."""
        wanted = {mention.sentence for mention in self.mentions}
        raw, start = self.words.raw, self.words.start
        found: list[int] = []
        for number in {bisect_right(self.sentences, start[first]) - 1 for first, _, rule in self.hits if rule.stops and rule.attribute == HISTORICAL}:
            hits = self._inside(number)
            if number in wanted and not all(rule.stops for _, _, rule in hits):
                hits = self._strongest(hits)
            found += [start[first] for first, _, rule in hits if rule.stops and rule.attribute == HISTORICAL and raw[first].isalpha()]
        return sorted(found)

    def _given(self) -> dict[int, set[str]]:
        """The attributes that a sentence has cues for, meant for a mention of it; cues of the others change nothing."""
        starts, sentences = self.words.start, self.sentences
        meant: dict[int, list[Rule]] = {}
        end = 0
        for first, _, rule in self.hits:
            if rule.gives:
                if starts[first] >= end:
                    number = bisect_right(sentences, starts[first]) - 1
                    end = sentences[number + 1] if number + 1 < len(sentences) else starts[-1] + 1
                    rules = meant[number] = []
                rules.append(rule)
        given: dict[int, set[str]] = {}
        for number, rules in meant.items():
            low = bisect_left(self.starts, sentences[number])
            high = bisect_left(self.starts, sentences[number + 1], low) if number + 1 < len(sentences) else len(self.starts)
            types = {mention.type for mention in self.mentions[low:high]} & JUDGED
            attributes = {rule.attribute for rule in rules if not rule.gives.isdisjoint(types)}
            if attributes:
                given[number] = attributes
        return given

    def _of(self, number: int, attributes: set[str]) -> Cues:
        """The cues of a sentence for some attributes."""
        return Cues(self._strongest([hit for hit in self._inside(number) if hit[2].attribute in attributes]))

    def _inside(self, number: int) -> list[Hit[Rule]]:
        """The hits of a sentence; those that lie in two are none."""
        starts, sentences = self.words.start, self.sentences
        begin = bisect_left(starts, sentences[number])
        end = bisect_left(starts, sentences[number + 1], begin) if number + 1 < len(sentences) else len(starts)
        low = bisect_left(self.firsts, begin)
        return [hit for hit in self.hits[low : bisect_left(self.firsts, end, low)] if hit[1] < end]

    def _strongest(self, hits: list[Hit[Rule]]) -> list[Hit[Rule]]:
        """The cues that no longer cue of their category holds inside it, that don't lie in a mention, and that aren't pseudo-cues."""
        longest: dict[str, tuple[int, int]] = {}
        kept: list[Hit[Rule]] = []
        composing = False
        for hit in sorted(hits, key=_place) if len(hits) > 1 else hits:
            first, last, rule = hit
            pseudo, attribute = rule.direction == "pseudo", rule.attribute
            if pseudo and self._runs_into(first, last):
                continue
            before = longest.get(attribute, NOWHERE)
            if last <= before[1] and (first, last) != before:
                continue
            if last > before[1]:
                longest[attribute] = (first, last)
            if pseudo:
                kept = [cue for cue in kept if cue[1] < first or cue[2].attribute != attribute]
            elif self._free(self.words.start[first]):
                kept.append(hit)
                composing = composing or rule.direction in COMPOSING
        return _composed(kept) if composing else kept

    def _runs_into(self, first: int, last: int) -> bool:
        """Whether a mention begins within a cue: then the words say something of the mention ("sin [complicaciones]")."""
        position = bisect_right(self.starts, self.words.start[last]) - 1
        return position >= 0 and self.starts[position] > self.words.start[first]

    def _free(self, at: int) -> bool:
        """Whether a character lies in no mention, or begins a sentence in one that takes no attributes ("Si dolor, …")."""
        position = bisect_right(self.starts, at) - 1
        if position < 0 or at >= self.furthest[position]:
            return True
        holders = [mention for mention in self.mentions[max(0, position - 1) : position + 1] if at < mention.end]
        return self.sentences[bisect_right(self.sentences, at) - 1] == at and not any(mention.type in JUDGED for mention in holders)


def _composed(hits: list[Hit[Rule]]) -> list[Hit[Rule]]:
    """The cues as the words that touch them make them: "madre con" joins one, "madre refiere" and "acude con su madre" annul it."""
    joined = {(rule.attribute, first): (last, rule) for first, last, rule in hits if rule.direction == JOINED}
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


def _place(hit: Hit[Rule]) -> tuple[int, int]:
    return hit[0], -hit[1]
