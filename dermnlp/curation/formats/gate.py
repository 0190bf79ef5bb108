"""The last word on an import: its rows are laid over the lexicons, and what the check finds at fault is refused with its message."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from dermnlp import lexicons
from dermnlp.curation import folders
from dermnlp.curation.checks import ENTITIES, check
from dermnlp.curation.faults import Fault
from dermnlp.curation.formats.draft import Draft, File
from dermnlp.curation.formats.entries import Entry, Refused
from dermnlp.curation.formats.ground import Form, form_of
from dermnlp.curation.shadows import TAKES
from dermnlp.lexicons import Row

FIRST = 2
REPEATS = "repeats "
Place = tuple[File, int]


def settle(draft: Draft) -> list[Refused]:
    """Take out of a draft all that the check finds at fault; what stays but gives way to rows of ours is given back."""
    while True:
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder)
            folders.write(directory, draft.topics())
            if not any(directory.iterdir()):
                return []
            found = list(check([*draft.ground.over, directory], ours=False))
        if not _Round(draft, directory).take_out(found):
            return [_told(draft, fault) for fault in found if fault.hint and fault.root == directory and fault.line]


class _Round:
    """One check of a draft, and what follows from its faults."""

    def __init__(self, draft: Draft, directory: Path) -> None:
        self.draft, self.directory = draft, directory
        self.keys = {topic: list(rows) for topic, rows in draft.concepts.items()}
        self.rows: dict[Path, list[Row]] = {}
        self.forms: dict[tuple[str, Form], list[Place]] = defaultdict(list)
        self.by_concept: dict[tuple[str, str, str], list[Place]] = defaultdict(list)
        for file, rows in draft.terms.items():
            for place, (row, _) in enumerate(rows):
                self.by_concept[file[0], file[1], row["concept"]].append((file, place))
                if file[0] == ENTITIES:
                    self.forms[file[2], form_of(file[2], row["term"], inflected=True)].append((file, place))

    def take_out(self, found: Sequence[Fault]) -> bool:
        """Drop the rows at fault, those that only repeat a row counted as known; whether there were any."""
        draft, reasons, bare = self.draft, defaultdict[File, dict[int, str]](dict), set[tuple[str, str, str]]()
        for fault in (fault for fault in found if not fault.hint or (fault.root == self.directory and fault.message.startswith(TAKES))):
            concept, places, reason = self._meant(fault)
            for file, place in places:
                reasons[file].setdefault(place, reason)
            if concept and not places and concept not in bare:
                bare.add(concept)
                draft.refuse(Entry(0, concept[0], concept[1], "", {"concept": concept[2]}, {}), reason)
                del draft.concepts[concept[:2]][concept[2]]
        for file, rows in reasons.items():
            for place, reason in rows.items():
                if reason.startswith(REPEATS):
                    draft.known += 1
                else:
                    draft.refuse(draft.terms[file][place][1], reason)
            draft.drop(file, set(rows))
        return bool(reasons or bare)

    def _meant(self, fault: Fault) -> tuple[tuple[str, str, str] | None, list[Place], str]:
        """The concept and the rows of the draft that a fault is about, and the reason to refuse them."""
        file = _file(fault)
        stage, topic, stem = file
        ours = fault.root == self.directory
        if ours and fault.line and stem == "concepts":
            concept = stage, topic, self.keys[stage, topic][fault.line - FIRST]
            return concept, self.by_concept.get(concept, []), fault.message
        if ours and fault.line:
            return None, [(file, fault.line - FIRST)], fault.message
        if fault.line and stage == ENTITIES and stem in lexicons.LANGUAGES:
            row = self._row(fault)
            held = f"is held by line {fault.line} of {fault.file} for the concept '{row.get('concept', '')}'"
            places = self.forms.get((stem, form_of(stem, row.get("term", ""), inflected=True)), [])
            return None, places, f"{held}. Switch that one off ({row.get('term', '')},-) in your {fault.file} if yours is meant."
        if not fault.line and file in self.draft.terms:
            return None, [(file, place) for place in range(len(self.draft.terms[file]))], f"{fault.file} {fault.message}"
        return None, [], ""

    def _row(self, fault: Fault) -> Row:
        """The row of ours that is at fault."""
        path = fault.root / fault.file
        if path not in self.rows:
            self.rows[path] = lexicons.read(path)
        return self.rows[path][fault.line - FIRST] if fault.line - FIRST < len(self.rows[path]) else {}


def _told(draft: Draft, fault: Fault) -> Refused:
    """A hint about a row of the draft, with the row's place in the source."""
    row, entry = draft.terms[_file(fault)][fault.line - FIRST]
    return Refused(entry.file, entry.place, row["term"], fault.message)


def _file(fault: Fault) -> File:
    """Stage, topic and stem of a fault's file ('' where it has none)."""
    stage, topic, stem = (*fault.file.removesuffix(".csv").split("/"), "", "")[:3]
    return stage, topic, stem
