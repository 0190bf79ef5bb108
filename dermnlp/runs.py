"""A batch run: notes in, chunk by chunk, tables out; what is finished is on disk and is never done twice."""

from __future__ import annotations

import json
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import islice
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dermnlp import __version__, lexicons, mentions, notes, tables
from dermnlp.annotation import annotate_notes, check
from dermnlp.data import PIPELINE
from dermnlp.mentions import Mention
from dermnlp.notes import Note
from dermnlp.tables import InputError, Rejected, Source

log = logging.getLogger("dermnlp")
SETTINGS, MANIFEST, REJECTED = "run.json", "manifest.json", "rejected.csv"
CHUNK = 500
FAILURES = pa.schema([*notes.SCHEMA, pa.field("failure", pa.string())])
FORMATS = ("duckdb", "parquet", "csv")
Progress = Callable[[int, int], None]


class RunError(ValueError):
    """A run that can't begin or go on in this folder: says what is there and which option mends it."""


@dataclass(frozen=True, slots=True)
class Options:
    """What decides the result of a run; a resumed run must have the same."""

    columns: Mapping[str, str] = field(default_factory=dict)
    language: str = "auto"
    exclude: tuple[str, ...] = ()
    lexicons: tuple[str, ...] = ()
    config: str = PIPELINE
    note_date: str | None = None
    date_format: str | None = None
    chunk: int = CHUNK


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did: counts, and where its files are."""

    out: Path
    rows: int
    notes: int
    rejected: int
    persons: int
    mentions: dict[str, int]
    tables: dict[str, int]
    files: tuple[Path, ...]

    @property
    def rejected_share(self) -> float:
        """The share of the rows that were refused."""
        return self.rejected / self.rows if self.rows else 0.0


def run(
    source: str | Path,
    out: str | Path,
    *,
    options: Options | None = None,
    formats: Iterable[str] = ("duckdb", "parquet"),
    resume: bool = False,
    overwrite: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Summary:
    """The main job: notes of `source` to OMOP tables under `out`.

    `progress` is called with (notes done, notes in all). Raises InputError for an input, RunError for an output folder and ValueError for an
    option that can't be used, and nothing is written then; ChildProcessError when a worker process was killed.
    """
    chosen, kinds = options or Options(), _formats(formats)
    folder = Path(out)
    today = _begun(folder) if resume and not overwrite else date.today()
    sources, _ = read(source, chosen, today)
    settings = _settings(chosen, sources)
    check(languages(chosen), exclude=chosen.exclude, lexicons=chosen.lexicons, config=chosen.config)
    _prepare(folder, {**settings, "begun": today.isoformat()}, resume=resume, overwrite=overwrite)
    total = sum(isinstance(item, Note) for item in stream(sources, chosen, today))
    rejected: list[Rejected] = []
    found = only_notes(stream(sources, chosen, today), rejected)
    _annotate_all(folder, _chunks(found, chosen.chunk), chosen, workers, total, progress)
    rows = total + len(rejected)
    rejected += _failures(folder)
    tables.write_csv_rows(rejected, folder / REJECTED)
    return _finish(folder, settings, chosen, kinds, rows, len(rejected))


def _begun(folder: Path) -> date:
    """The day on which the run in a folder began: what counts as a date in the future must not change on the way."""
    known = folder / SETTINGS
    begun = json.loads(known.read_text(encoding="utf-8")).get("begun") if known.is_file() else None
    return date.fromisoformat(begun) if begun else date.today()


def _finish(folder: Path, settings: dict[str, Any], options: Options, formats: tuple[str, ...], rows: int, rejected: int) -> Summary:
    """Export the finished chunks, write the manifest, and sum up."""
    from dermnlp.omop.export import export
    from dermnlp.pipelines import directories

    with lexicons.use([*directories(options.config), *options.lexicons]):  # a user's own concepts have names too
        result = export(folder, formats, settings)
    counts = {"rows": rows, "notes": result.notes, "rejected": rejected, "persons": result.persons, "mentions": result.mentions, "tables": result.tables}
    _write_json(folder / MANIFEST, {**settings, "formats": list(formats), "counts": counts})
    files = tuple(sorted([*result.files, folder / MANIFEST, folder / REJECTED]))
    return Summary(folder, rows, result.notes, rejected, result.persons, result.mentions, result.tables, files)


def read(source: str | Path, options: Options, today: date | None = None) -> tuple[list[Source], Iterator[Note | Rejected]]:
    """The checked sources of an input, and its notes and refused rows one at a time, as the options say."""
    return notes.read(
        source,
        columns=options.columns,
        language=options.language,
        note_date=options.note_date,
        date_format=options.date_format,
        today=today,
    )


def languages(options: Options) -> tuple[str, ...]:
    """The languages that notes can have under these options."""
    return lexicons.LANGUAGES if options.language == "auto" else (options.language,)


def stream(sources: list[Source], options: Options, today: date | None = None) -> Iterator[Note | Rejected]:
    """The notes and refused rows of sources that were read and checked before."""
    return notes.stream(
        sources,
        language=options.language,
        note_date=options.note_date,
        date_format=options.date_format,
        today=today,
    )


def _formats(formats: Iterable[str]) -> tuple[str, ...]:
    """The formats, checked."""
    chosen = tuple(dict.fromkeys(formats))
    for name in chosen:
        if name not in FORMATS:
            raise InputError(f"No format '{name}'. There are: {', '.join(FORMATS)}.")
    return chosen


def _settings(options: Options, sources: list[Source]) -> dict[str, Any]:
    """What a manifest must hold to repeat the run."""
    from dermnlp.pipelines import directories, identity

    with lexicons.use([*directories(options.config), *options.lexicons]):
        digest = lexicons.digest()
    inputs = [{"file": source.path.name, "size": source.size, "sha256": source.sha256} for source in sources]
    known = {key: value for key, value in asdict(options).items() if key not in ("lexicons", "config")}
    return json.loads(json.dumps({"dermnlp": __version__, "options": known, "lexicons": digest, **identity(options.config, options.exclude), "input": inputs}))


def _prepare(folder: Path, settings: dict[str, Any], *, resume: bool, overwrite: bool) -> None:
    """Make the folder ready: empty, or with the chunks of the same run."""
    known = folder / SETTINGS
    if folder.exists() and not folder.is_dir():
        raise RunError(f"'{folder}' is a file. Give --out a folder.")
    if known.is_file() and not overwrite:
        if not resume:
            raise RunError(f"'{folder}' holds a run already. Go on with it with --resume, replace it with --overwrite, or choose another --out.")
        _same(json.loads(known.read_text(encoding="utf-8")), settings, folder)
    elif folder.is_dir() and any(folder.iterdir()) and not known.is_file():
        raise RunError(f"'{folder}' isn't empty and holds no run of dermnlp. Choose another --out.")
    elif known.is_file():
        _clear(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(known, settings)
    for part in folder.glob("**/.part-*"):  # a killed run leaves them, with words of notes in them
        part.unlink(missing_ok=True)
    for name in ("notes", "mentions"):
        (folder / name).mkdir(exist_ok=True)


def _same(before: dict[str, Any], now: dict[str, Any], folder: Path) -> None:
    """RunError when the run in the folder had another input, other options or other lexicons."""
    differing = [key for key in now if key != "options" and before.get(key) != now[key]]
    ours, theirs = now["options"], before.get("options", {})
    differing += [f"{key} ({theirs.get(key)!r}, now {ours[key]!r})" for key in ours if theirs.get(key) != ours[key]]
    if differing:
        raise RunError(f"The run in '{folder}' differs in: {', '.join(differing)}. Repeat it with the same, or start anew with --overwrite.")


def _clear(folder: Path) -> None:
    """Remove what an earlier run wrote, and nothing else."""
    import shutil

    for name in ("notes", "mentions", "omop"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (SETTINGS, MANIFEST, REJECTED, "omop.duckdb"):
        (folder / name).unlink(missing_ok=True)


def only_notes(items: Iterable[Note | Rejected], rejected: list[Rejected]) -> Iterator[Note]:
    """The notes; what was refused goes into the list."""
    for item in items:
        if isinstance(item, Note):
            yield item
        else:
            rejected.append(item)


def _chunks(items: Iterator[Note], size: int) -> Iterator[tuple[int, list[Note]]]:
    """Numbered chunks of notes; an empty one when there are no notes, so that a run of none has its tables too."""
    number = 0
    while (chunk := list(islice(items, size))) or not number:
        yield number, chunk
        number += 1


def _annotate_all(folder: Path, chunks: Iterable[tuple[int, list[Note]]], options: Options, workers: int, total: int, progress: Progress | None) -> None:
    """Annotate every chunk that isn't on disk yet, in this process or in several."""
    done = 0

    def finished(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, total)

    finished(0)
    if workers <= 1:
        for number, chunk in chunks:
            finished(_chunk(folder, number, chunk, options))
        return
    for count in _in_processes(folder, chunks, options, workers):
        finished(count)


def _in_processes(folder: Path, chunks: Iterable[tuple[int, list[Note]]], options: Options, workers: int) -> Iterator[int]:
    """Annotate chunks in so many processes, a few ahead; gives the number of notes of each, and ends the processes when it is left."""
    others = set(active_children())
    waiting: deque[Future[int]] = deque()
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin_worker)
    try:
        for number, chunk in chunks:
            waiting.append(pool.submit(_chunk, folder, number, chunk, options))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise ChildProcessError("A worker process was killed, perhaps for want of memory. Repeat with --resume and fewer --workers.") from None
    except BaseException:
        for process in set(active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_worker() -> None:
    """One OpenMP thread in a worker, since the workers share the cores; Ctrl-C is the parent's, and its end the worker's."""
    import signal
    from threading import Thread

    os.environ["OMP_NUM_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when its parent has gone: the pool's own would wait for work for ever."""
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _chunk(folder: Path, number: int, chunk: list[Note], options: Options) -> int:
    """Annotate one chunk unless both its files are there; gives its number of notes."""
    note_file, mention_file = (folder / name / f"part-{number:06}.parquet" for name in ("notes", "mentions"))
    if note_file.exists() and mention_file.exists():
        return len(chunk)
    found: list[Mention] = []
    done: list[Note] = []
    failures: list[str | None] = []
    for note, result in annotate_notes(chunk, exclude=options.exclude, lexicons=options.lexicons, config=options.config):
        done.append(note)
        failures.append(result if isinstance(result, str) else None)
        found += [] if isinstance(result, str) else result
    tables.write_parquet(mentions.to_batch(found), mention_file)
    batch = notes.to_batch(done)
    tables.write_parquet(pa.RecordBatch.from_arrays([*batch.columns, pa.array(failures, pa.string())], schema=FAILURES), note_file)
    return len(chunk)


def _failures(folder: Path) -> Iterator[Rejected]:
    """The notes that failed in the pipeline, as refused rows."""
    for path in sorted((folder / "notes").glob("part-*.parquet")):
        table = pq.read_table(path, columns=["note_id", "failure"], filters=[("failure", "!=", "")])
        for row in table.to_pylist():
            yield Rejected(file=path.name, row=0, note_id=row["note_id"], reason=row["failure"])


def _write_json(path: Path, content: dict[str, Any]) -> None:
    tables.write_whole(path, json.dumps(content, indent=2, ensure_ascii=False, default=list) + "\n")
