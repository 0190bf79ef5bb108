"""The wheel: all of the checkout in it, nothing beside it, and it works where the checkout isn't."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from command import ROOT

from dermnlp import __version__

ROOMS = ("pipelines", "lexicons", "corpora")
CODE = {"dermnlp": "dermnlp", "cli/dermnlp_cli": "dermnlp_cli"}
MISSING = [name for name in ("build", "hatchling") if not importlib.util.find_spec(name)]
NEEDED = [name for name in ("README.md", "LICENSE") if not (ROOT / name).is_file()]
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"no wheel without a network: {', '.join(MISSING)} not installed"),
    pytest.mark.skipif(bool(NEEDED), reason=f"no wheel: the checkout lacks {', '.join(NEEDED)}"),
]


def run(*command: object, cwd: Path, **environment: str) -> str:
    """What a Python command prints, run without the checkout on its path."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "DERMNLP_LEXICONS")}
    arguments = [sys.executable, *map(str, command)]
    result = subprocess.run(arguments, cwd=cwd, env={**clean, **environment}, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    target = wheel.parent / "site"
    options = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check", "--target", target)
    run("-m", "pip", "install", *options, wheel, cwd=wheel.parent)
    return target


def files(folder: Path) -> list[Path]:
    """The files of a folder that belong to the project, without what Python and tools leave there."""
    skipped = ("__pycache__", "_data")
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not any(part in skipped or part.startswith(".") for part in path.parts))


def test_everything_of_the_checkout_is_in_it(wheel: Path) -> None:
    places = {**CODE, **{room: f"dermnlp/_data/{room}" for room in ROOMS}}
    expected = {f"{to}/{path.as_posix()}": ROOT / at / path for at, to in places.items() for path in files(ROOT / at)}
    with ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if not name.startswith(f"dermnlp-{__version__}.dist-info/")}
        assert inside == expected.keys()
        assert [name for name, path in expected.items() if archive.read(name) != path.read_bytes()] == []


def test_no_stray_name(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {name.partition("/")[0] for name in archive.namelist()}
    assert names == {"dermnlp", "dermnlp_cli", f"dermnlp-{__version__}.dist-info"}


COMMAND = "import sys; sys.argv[0] = 'dermnlp'; from dermnlp_cli.main import app; app()"


def test_the_command_works_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    site = {"PYTHONPATH": str(installed), "COLUMNS": "200", "PYTHONUTF8": "1"}
    assert run("-c", COMMAND, "--version", cwd=tmp_path, **site) == f"dermnlp {__version__}\n"
    shown = run("-c", COMMAND, "show", "Psoriasis en placas, PASI 12,4. Niega artralgias.", cwd=tmp_path, **site)
    assert "DIAGNOSIS" in shown and "PASI 12.4" in shown and "Negated" in shown
    assert list(tmp_path.iterdir()) == []


def test_the_library_works_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = (
        "import dermnlp, spacy; from pathlib import Path; nlp = dermnlp.load('en', exclude=['tagger'])\n"
        "print(Path(dermnlp.__file__).parents[1]); print(*nlp.pipe_names)\n"
        "doc = nlp('Denies itch. PASI 3.'); print(*(f'{s.label_}:{s.text}' for s in doc.spans['mentions']), sep='|')\n"
        "nlp.to_disk('saved'); print(len(spacy.load('saved')(doc.text).ents))"
    )
    place, names, found, again = run("-c", code, cwd=tmp_path, PYTHONPATH=str(installed)).splitlines()
    assert place == str(installed) and names.startswith("sections sentences matcher")
    assert found == "FINDING:itch|SCORE:PASI 3" and again == "2"
