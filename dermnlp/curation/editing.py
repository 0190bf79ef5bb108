"""A directory of one's own: begun, and grown row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dermnlp import lexicons
from dermnlp.curation.checks import WITHOUT_TERMS, own_faults, topics
from dermnlp.curation.folders import Topic, Written, columns, write
from dermnlp.lexicons import SWITCHED_OFF, LexiconError, Row
from dermnlp.tables import write_whole

OWN = "entities/own"
EXAMPLE = Topic(
    "entities",
    "own",
    [{"concept": "own.example", "type": "FINDING", "name": "example finding"}],
    {
        "es": [{"term": "hallazgo de ejemplo", "concept": "own.example"}],
        "en": [{"term": "example finding", "concept": "own.example"}],
    },
)
README = """# Lexicons of our own

They lie over the lexicons of dermnlp: rows here are added to its own, a concept with the same key replaces it, and a row
whose concept is `-` switches the term off.

    dermnlp lexicons add "mi término" --concept psoriasis --language es --to .
    dermnlp lexicons check .
    dermnlp lexicons try "Refiere hallazgo de ejemplo." --lexicons .
    dermnlp run notes.csv --out results --lexicons .

One folder per stage and topic; concepts.csv holds the keys, es.csv and en.csv the terms. UTF-8, commas. The rows of
entities/own are an example: replace them.
"""


def new(directory: str | Path) -> list[Path]:
    """Begin a directory of lexicons with one topic of example rows; the files made. LexiconError when it holds something."""
    folder = Path(directory)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LexiconError(f"'{folder}' isn't empty. Name a folder that isn't there yet, or add to it with `dermnlp lexicons add`.")
    write(folder, [EXAMPLE])
    write_whole(folder / "README.md", README)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def add(
    directory: str | Path,
    terms: Sequence[str],
    concept: str,
    languages: Sequence[str],
    *,
    topic: str = "",
    cells: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Written:
    """Hang terms on a concept, in a directory of one's own that is made when missing.

    `topic` is `stage/topic`, by default that of the concept and `entities/own` for a new one; `cells` are columns of the term
    rows (`match`, `sense`), `values` those of the concept (`type`, `name`, `icd10cm` …), needed when it is new. LexiconError, and
    nothing is written, when a row would be faulty.
    """
    folder = Path(directory)
    with lexicons.use([folder] if _holds_rows(folder) else []):
        stage, name = _split(topic or _topic_of(concept) or OWN)
        rows = lexicons.concepts(stage, name) if name in lexicons.topics(stage) else {}
    own = {key: value for key, value in (values or {}).items() if value}
    _known_columns(stage, name, "concepts", own)
    if concept not in rows and not own:
        raise LexiconError(_no_concept(concept, stage, name, rows))
    concepts = [{**rows.get(concept, {}), **own, "concept": concept}] if own or concept not in rows else []
    term_rows = [{"term": " ".join(term.split()), "concept": concept, **(cells or {})} for term in terms]
    return _write_sound(folder, [Topic(stage, name, concepts, dict.fromkeys(languages, term_rows))])


def switch_off(directory: str | Path, terms: Sequence[str], languages: Sequence[str], *, stage: str = "entities") -> Written:
    """Switch terms of ours off, in every topic of a stage that has them; LexiconError names a term that none has."""
    found = []
    for language in languages:
        for term in terms:
            having = [name for name in lexicons.topics(stage) if term in _terms(stage, name, language)]
            if not having:
                raise LexiconError(f"No lexicon of {stage} has the term '{term}' in '{language}'. `dermnlp lexicons try \"{term}\"` shows what fires.")
            found += [Topic(stage, name, [], {language: [{"term": term, "concept": SWITCHED_OFF}]}) for name in having]
    return _write_sound(Path(directory), found)


def _write_sound(folder: Path, rows: list[Topic]) -> Written:
    """Write rows, and take them back when they bring a fault that wasn't there."""
    undo = _remember(folder, rows)
    written = write(folder, rows)
    faults = own_faults([folder])
    if faults:
        again = _remember(folder, rows)
        undo()
        before = {fault.message for fault in (own_faults([folder]) if _holds_rows(folder) else [])}
        fresh = [fault for fault in faults if fault.message not in before]
        if fresh:
            raise LexiconError(f"Nothing was added: the row {fresh[0].message}")
        again()
    return written


def _remember(folder: Path, rows: list[Topic]) -> Callable[[], None]:
    """A function that puts the files of these topics back as they are now."""
    paths = [folder / topic.stage / topic.name / f"{stem}.csv" for topic in rows for stem in topic.files]
    kept = {path: path.read_bytes() if path.is_file() else None for path in paths}

    def restore() -> None:
        for path, content in kept.items():
            if content is not None:
                path.write_bytes(content)
            elif path.is_file():
                path.unlink()
                _remove_empty(path.parent, folder)

    return restore


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder that is empty, and those above it, the directory itself included."""
    for path in (folder, *folder.parents):
        if any(path.iterdir()):
            return
        path.rmdir()
        if path == root:
            return


def _holds_rows(folder: Path) -> bool:
    """Whether a directory has lexicons already."""
    return folder.is_dir() and any(folder.glob("*/*/*.csv"))


def _topic_of(concept: str) -> str:
    """The `stage/topic` that has a concept, '' when none has; LexiconError when several stages do."""
    having = [f"{stage}/{name}" for stage, name in topics() if (stage, name) not in WITHOUT_TERMS and concept in lexicons.concepts(stage, name)]
    if len(having) > 1:
        raise LexiconError(f"Several topics have the concept '{concept}': {', '.join(having)}. Say which with --topic.")
    return having[0] if having else ""


def _terms(stage: str, name: str, language: str) -> set[str]:
    return {row["term"] for row in lexicons.terms(stage, name, language)}


def _split(topic: str) -> tuple[str, str]:
    """Stage and topic of `stage/topic`; the stage is entities where only a topic is given."""
    stage, slash, name = topic.partition("/")
    return (stage, name) if slash else ("entities", stage)


def _known_columns(stage: str, name: str, stem: str, values: Row) -> None:
    """LexiconError names a column that the file hasn't."""
    known = columns(stage, name, stem)
    for column in values:
        if column not in known:
            raise LexiconError(f"No column '{column}' in {stage}/{name}/{stem}.csv. There are: {', '.join(known)}.{lexicons.hint(column, known)}")


def _no_concept(concept: str, stage: str, name: str, rows: Mapping[str, Row]) -> str:
    """The error for an unknown concept: the nearest, and how to make a new one."""
    known = [key for where, topic in topics() if where == stage for key in lexicons.concepts(where, topic)]
    make = "For a new one give its type: --type DIAGNOSIS, FINDING, BODY_SITE, DRUG or PROCEDURE."
    return f"No concept '{concept}'.{lexicons.hint(concept, [*known, *rows])} {make if stage == 'entities' else 'For a new one give its columns with --set.'}"
