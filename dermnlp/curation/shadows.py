"""Terms that can never match, since an earlier row of their type has the same form once folded; those of another type only give way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dermnlp import lexicons
from dermnlp.curation.faults import Fault, File
from dermnlp.lexicons import SWITCHED_OFF, Row
from dermnlp.tokens import YEAR, forms, split

MODIFIER, SITE = "MODIFIER", "BODY_SITE"
TAKES = "takes the term"
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Claim:
    """The row that holds a form: its place, its concept, and the type of that."""

    file: File
    line: int
    term: str
    concept: str
    type: str


class Shadows:
    """Remembers the forms that rows claim, topic after topic in the order in which the matcher reads them."""

    def __init__(self, language: str) -> None:
        self.inflected, self.folded = forms(language, inflected=True), forms(language, inflected=False)
        self.claims: dict[Key, _Claim] = {}
        self.ours = lexicons.roots()[0]

    def check(self, topic: str, file: File, concepts: dict[str, Row]) -> Iterator[Fault]:
        """The rows of a file that an earlier row leaves nothing to match."""
        off = {row.get("term", "") for _, row in file.rows if row.get("concept") == SWITCHED_OFF}
        for key in [key for key, claim in self.claims.items() if claim.term in off and claim.file.path.parent.name == topic]:
            del self.claims[key]
        for line, row in file.rows:
            concept = concepts.get(row.get("concept", ""))
            if concept and split(row.get("term", "")):
                type_ = concept.get("type", "")
                claim = _Claim(file, line, row["term"], row["concept"], f"{MODIFIER}/{topic}" if type_ == MODIFIER else type_)
                yield from self._claim(claim, row, bare=concept.get("role") == "bare")

    def _claim(self, claim: _Claim, row: Row, *, bare: bool) -> Iterator[Fault]:
        """Claim the forms of a row, or say who holds all of them."""
        variants = covering(row, self.inflected, self.folded)
        held = [self._held(variant, claim.type) for variant in variants]
        if all(one and one.type == claim.type for one in held):
            yield self._fault(next(one for one in held if one), claim)
            return
        if all(one and one.file.root != claim.file.root and not _modifies(one, claim) for one in held):
            yield replace(self._fault(next(one for one in held if one), claim), hint=True)
        for variant in variants:
            self.claims.setdefault((*variant[-1], claim.type), claim)
            if claim.type != SITE and not _modifies(claim) and not bare:
                self.claims.setdefault(variant[-1], claim)

    def _held(self, variant: list[Key], type_: str) -> _Claim | None:
        """The row that holds one of these forms, one of the same type first."""
        return next((self.claims[key] for key in (*((*key, type_) for key in variant), *variant) if key in self.claims), None)

    def _fault(self, held: _Claim, claim: _Claim) -> Fault:
        if claim.file.root == self.ours != held.file.root:
            return _taken(held, claim)
        return claim.file.fault(claim.line, "term", _told(held, claim))


def covering(row: Row, inflected: Mapping[str, str], folded: Mapping[str, str]) -> list[list[Key]]:
    """For each way to write the hyphens of a row's term, the forms that cover it, from the widest kind of match to its own."""
    match, senses = row.get("match", ""), ";".join(sorted(row.get("sense", "").split(";")))
    found = []
    for words in _variants(row["term"]):
        variant: list[Key] = [("", senses, *(inflected[word] for word in words))]
        if match in ("word", "exact"):
            variant.append(("word", senses, *(folded[word] for word in words)))
        if match == "exact":
            variant.append(("exact", senses, *words))
        found.append(variant)
    return found


def _modifies(*claims: _Claim) -> bool:
    """Whether one of these is a modifier: those of a topic lengthen nouns of their own, and never meet mentions."""
    return any(claim.type.startswith(MODIFIER) for claim in claims)


def _variants(term: str) -> list[list[str]]:
    """The words of a term as the matcher looks for them: with all hyphens, and with none."""
    words = split(term.replace(YEAR, "2000"))
    plain = [word for word in words if word != "-"]
    return [words] if plain == words else [words, plain]


def _taken(held: _Claim, claim: _Claim) -> Fault:
    """A row of the user's that takes a term from ours: maybe meant, so no more than a hint."""
    message = f"{TAKES} from {claim.file.name}, line {claim.line}, where it means '{claim.concept}'."
    return replace(held.file.fault(held.line, "term", message), hint=True)


def _told(held: _Claim, claim: _Claim) -> str:
    """Who holds the form, and what would be right."""
    where = f"line {held.line}" if held.file.path == claim.file.path else f"{held.file.name}, line {held.line}"
    if held.concept == claim.concept:
        return f"repeats {where}. Keep one row." if held.file.root == claim.file.root else f"repeats {where}, which is ours. Remove the row."
    ways = "Give one of them a sense rule" if held.file.root == claim.file.root else f"Switch that term off ({held.term},-) in your {held.file.name}"
    if held.type != claim.type:
        return f"gives way: {where} makes the same words a {held.type} ('{held.concept}'). {ways}."
    return f"can never match: {where} gives the term another concept ('{held.concept}'). {ways}, or remove the row."
