"""What the README shows, done."""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import COMMAND, ENVIRONMENT, NOTES, ROOT

README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8") if README.is_file() else ""
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
PYTHON = [block for kind, block in BLOCKS if kind == "python"]
SHELL = [block.replace("\\\n", " ") for kind, block in BLOCKS if kind in ("console", "bash")]
LINES = [line.removeprefix("$ ") for block in SHELL for line in block.splitlines()]
COMMANDS = [line for line in LINES if line.startswith("dermnlp ")]
pytestmark = pytest.mark.skipif(not TEXT, reason="README.md is not written yet")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The place of a reader of the README: the demonstration notes, notes and a lexicon of their own, the command."""
    shutil.copytree(NOTES.parent, tmp_path / "corpora" / "notes")
    shutil.copy(NOTES, tmp_path / "notes.csv")
    mapped = dict(re.findall(r"--column (\w+)=(\w+)", TEXT))
    with NOTES.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    with (tmp_path / "informes.csv").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([[mapped.get(name, name) for name in header], *rows])
    for name, content in lexicon_files():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "dermnlp"
    command.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    command.chmod(0o755)
    return tmp_path


def lexicon_files() -> list[tuple[str, str]]:
    """The files that the README draws as `PATH.csv` with their rows beside and below it."""
    found: list[tuple[str, list[str]]] = []
    for block in (block for kind, block in BLOCKS if kind == "text"):
        for line in block.splitlines():
            path, _, row = line.partition(" ")
            if path.endswith(".csv") and row.strip():
                found.append((path, [row.strip()]))
            elif found and line.startswith(" ") and line.strip():
                found[-1][1].append(line.strip())
    return [(path, "\n".join(rows) + "\n") for path, rows in found]


def run(command: list[str], folder: Path) -> None:
    environment = {**ENVIRONMENT, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Warning" not in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command: str, folder: Path) -> None:
    run(["sh", "-c", command], folder)


@pytest.mark.parametrize("block", PYTHON, ids=[f"block {number}" for number, _ in enumerate(PYTHON, 1)])
def test_python(block: str, folder: Path) -> None:
    run([sys.executable, "-c", block], folder)


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:|#)([^)#]+)", TEXT))
def test_link(target: str) -> None:
    assert (ROOT / target).exists(), f"README.md links to '{target}', which isn't there"


def test_there_is_something_to_run() -> None:
    assert COMMANDS and PYTHON
