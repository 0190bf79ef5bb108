"""Adverse events: what a drug did, as the note says it."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.extensions import Found, Link
from dermnlp.phrases import Phrases, visible
from dermnlp.relations import known_effects, pair_model
from dermnlp.relations.adverse_details import AdverseDetails
from dermnlp.relations.adverse_rules import DECISIVE, feared, rules
from dermnlp.relations.pair_features import Features, counted
from dermnlp.relations.pairs import Pair, candidates, describe
from dermnlp.tokens import fold

STAGE, TOPIC = "relations", "adverse_events"
RULES, MODEL, BOTH = "rules", "model", "both"
METHODS = (RULES, MODEL, BOTH)
DENIED = "no_adverse_event"  # what the note says of such a drug overrules all but a decisive rule


class AdverseEvents:
    """Adds Adverse_event from each reaction to the drug that the note blames, by rules, the learned model or both."""

    def __init__(self, language: str, method: str = BOTH, model: str = pair_model.FOLDER) -> None:
        if method not in METHODS:
            raise ValueError(f"No method '{method}' for adverse events. There are: {', '.join(METHODS)}.")
        state = lexicons.state()
        self.method = method
        self.cues = _cues(language, state)
        self.joiners = _joiners(language, state)
        self.details = AdverseDetails(language)
        self.effects = known_effects.load()
        self.model = None if method == RULES else pair_model.load(pair_model.path_of(model))

    def pairs(self, doc: Doc, mentions: list[Found], drugs: list[Found]) -> list[Pair]:
        """The pairs of a note that may be adverse events, those only feared left out."""
        pairs = candidates(doc, mentions, drugs, self.effects)
        if pairs:
            describe(doc, pairs, mentions, self.cues.find(visible(doc)), self.joiners)
        return [pair for pair in pairs if not feared(pair)]

    def features(self, pairs: Sequence[Pair], mentions: list[Found]) -> list[list[str]]:
        """The features of each pair of a note."""
        features = Features(self.effects, counted(mentions))
        return [features.of(pair, rules(pair)) for pair in pairs]

    def add(self, doc: Doc, mentions: list[Found], drugs: list[Found]) -> None:
        """Adverse_event with its details from each reaction to the drugs that caused it."""
        pairs = self.pairs(doc, mentions, drugs)
        for pair, rule in self._chosen(pairs, mentions) if pairs else ():
            reaction, drug = pair.reaction.mention, pair.drug.mention
            reaction.relations = (*reaction.relations, Link("Adverse_event", drug, rule, self.details.of(doc, pair, mentions)))

    def _chosen(self, pairs: list[Pair], mentions: list[Found]) -> Iterator[tuple[Pair, str]]:
        """The pairs that are adverse events, and what says so: a decisive rule, else the model."""
        features = Features(self.effects, counted(mentions))
        for pair in pairs:
            names = rules(pair)
            if DECISIVE.isdisjoint(names) and any(event.kind == DENIED for event in pair.drug.mention.events):
                continue
            rule = f"{STAGE}/{TOPIC}:{names[0]}" if names else ""
            if self.method != MODEL and names and (self.model is None or not DECISIVE.isdisjoint(names)):
                yield pair, rule
            elif self.model and self.model.holds(features.of(pair, names)):
                yield pair, rule or f"{STAGE}/{self.model.name}"


@lru_cache(maxsize=8)
def _cues(language: str, state: tuple[object, ...]) -> Phrases[str]:
    """The cues of a language with their kinds."""
    return Phrases(language, [(row["term"], "word", row["concept"]) for row in lexicons.terms(STAGE, TOPIC, language)])


@lru_cache(maxsize=8)
def _joiners(language: str, state: tuple[object, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The folded words that join what is coordinated, and these with all that may stand beside them."""
    rows = lexicons.terms(STAGE, "coordination", language)
    return frozenset(fold(r["term"]) for r in rows if r["concept"] == "joiner"), frozenset(fold(r["term"]) for r in rows)
