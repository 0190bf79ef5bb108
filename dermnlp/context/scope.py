"""The scope of cues: which mentions of its sentence a cue reaches."""

from bisect import bisect_right

from dermnlp.context.decisions import give, take
from dermnlp.context.rules import NEGATED, UNCERTAIN, Rule
from dermnlp.extensions import Found
from dermnlp.phrases import Hit, Words

CLOSED = -1
OPENING, CLOSING = frozenset("(["), frozenset(")]")
BRACKETS = OPENING | CLOSING
QUERY = "?"
LIST = 24  # words that the items of a list may have
ABBREVIATED = 1  # words in brackets between an item and its comma


def apply(mention: Found, words: Words, cues: list[Hit[Rule]], text: str, joiners: frozenset[str]) -> None:
    """The attributes that the cues of its sentence give to a mention, the nearest cue first."""
    first = bisect_right(words.start, mention.start) - 1
    ahead = 0
    for cue in cues:
        if cue[0] >= first:
            break
        ahead += 1
    closed = _apply_before(mention, words, cues[:ahead][::-1], first, text) if ahead else set()
    if ahead == len(cues):
        return
    last = bisect_right(words.start, mention.end - 1, first) - 1
    for begins, ends, rule in cues[ahead:]:
        if begins <= last:
            continue
        if rule.stops:
            closed.add(rule.attribute)
        elif rule.direction == "after" and rule.attribute not in closed and _reaches_back(rule, words.raw[last + 1 : begins], joiners) and not _opens(words, ends):
            _give(mention, rule, words, begins, ends, text)


def _apply_before(mention: Found, words: Words, cues: list[Hit[Rule]], first: int, text: str) -> set[str]:
    """Give a mention the attributes of the cues before it, and tell which attributes are held from it."""
    closed: dict[str, int] = {}
    held = set()
    for begins, ends, rule in cues:
        if rule.stops:
            _close(closed, rule, begins, ends)
            if rule.direction == "head" and first - ends - 1 <= rule.reach:
                held.add(rule.attribute)
        elif first - ends - 1 > rule.reach or (rule.direction != "ahead" and closed.get(rule.attribute, ends + 1) != ends + 1):
            continue
        elif rule.direction == "ahead":
            if _governs_on(words, text, begins, words.raw[ends + 1 : first]):
                _give(mention, rule, words, begins, ends, text)
        elif rule.direction != "after" and _reaches_on(rule, words.raw[ends + 1 : first]):
            _give(mention, rule, words, begins, ends, text)
            _govern(mention, closed, rule, words, begins)
    return held


def _give(mention: Found, rule: Rule, words: Words, begins: int, ends: int, text: str) -> None:
    """Set the attribute of a rule whose cue stands at words [begins, ends]."""
    give(mention, rule.attribute, rule.name, words.start[begins], words.start[ends] + len(words.raw[ends]), text)


def _governs_on(words: Words, text: str, begins: int, between: list[str]) -> bool:
    """Whether a condition reaches over these words: beyond a comma only when it opens its clause ("si brote, X"; not "X si brote, Y")."""
    opens = begins == 0 or not words.raw[begins - 1][-1].isalnum() or "\n" in text[words.start[begins - 1] : words.start[begins]]
    return ";" not in between and (opens or "," not in between)


def _reaches_on(rule: Rule, between: list[str]) -> bool:
    """Whether a cue holds for a mention that these words part from it: no comma ends a phrase, and neither stands alone in brackets."""
    if rule.phrase and "," in between:
        return False
    return rule.attribute != NEGATED or not _open(between)


def _open(between: list[str]) -> bool:
    """Whether a bracket opens or closes between two words and not both."""
    if BRACKETS.isdisjoint(between):
        return False
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
            take(mention, UNCERTAIN)
