"""The rules of the house that a machine can watch."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import CHECKOUT, ROOT

FUNCTION_LINES, MODULE_LINES = 40, 400
MODULES = sorted([*(ROOT / "dermnlp").rglob("*.py"), *(ROOT / "cli" / "dermnlp_cli").rglob("*.py")])
MODULES = [path for path in MODULES if "_data" not in path.parts]
IDS = [path.relative_to(ROOT).as_posix() for path in MODULES]
PIPELINE = (
    "annotation.py", "attributes", "components.py", "context", "entities", "extensions.py", "language.py",
    "phrases.py", "pipelines.py", "relations", "sections.py", "sentences.py", "spans.py", "tokens.py",
)  # fmt: skip
NETWORK = {"aiohttp", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "ssl", "urllib.request", "urllib3"}
TRAINING = {"torch", "transformers"}
"""What the modules of the training, which an extra brings, may import."""
HEAVY = ("datasets", "duckdb", "onnxruntime", "psycopg", "pyspark", "sklearn", "torch", "transformers")
each_module = pytest.mark.parametrize("path", MODULES, ids=IDS)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(nodes: Iterator[ast.AST]) -> set[str]:
    """The modules that some statements import, and the packages they are in."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found | {name.partition(".")[0] for name in found}


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The statements that run when a module is imported: none in functions, none for type checkers only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from at_import(child)


@pytest.mark.skipif(not importlib.util.find_spec("importlinter"), reason="import-linter is not installed")
def test_import_linter() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    environment = {**os.environ, "PYTHONPATH": CHECKOUT}
    result = subprocess.run([*command, "--no-cache"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@each_module
def test_spacy_stays_in_the_pipeline(path: Path) -> None:
    inside = path.is_relative_to(ROOT / "dermnlp") and path.relative_to(ROOT / "dermnlp").parts[0] in PIPELINE
    inside |= path == ROOT / "dermnlp" / "curation" / "explanation.py"  # looks into the pipeline
    assert inside or "spacy" not in imported(ast.walk(tree(path))), "move what needs spaCy left of the border"


@each_module
def test_no_network(path: Path) -> None:
    assert imported(ast.walk(tree(path))) & NETWORK == set(), "the network is never used at run time"


@each_module
def test_heavy_packages_are_imported_where_they_are_needed(path: Path) -> None:
    heavy = set(HEAVY) - (TRAINING if path.is_relative_to(ROOT / "dermnlp" / "training") else set())
    assert imported(at_import(tree(path))) & heavy == set(), "import it in the function that needs it"


@each_module
def test_nothing_but_the_command_line_imports_the_training(path: Path) -> None:
    inside = path.is_relative_to(ROOT / "dermnlp" / "training")
    names = {node.module or "" for node in at_import(tree(path)) if isinstance(node, ast.ImportFrom)}
    assert inside or not any(name.startswith("dermnlp.training") for name in names), "training needs an extra: import it in a function"


@each_module
def test_print_only_in_the_command_line(path: Path) -> None:
    if path.is_relative_to(ROOT / "dermnlp"):
        calls = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
        lines = [node.lineno for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]
        assert lines == [], f"print in lines {lines}: raise or log in the library, and print in cli/"


@each_module
def test_functions_and_modules_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MODULE_LINES, f"{lines} lines, {MODULE_LINES} at most: split the module by what its parts are about"
    functions = (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    lengths = {f"{one.name} (line {one.lineno})": (one.end_lineno or 0) - one.lineno + 1 for one in functions}
    long = {name: length for name, length in lengths.items() if length > FUNCTION_LINES}
    assert not long, f"{FUNCTION_LINES} lines at most; aim at 10 and take parts out as functions with a name"


def test_importing_is_light() -> None:
    code = "import sys, dermnlp, dermnlp_cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    environment = {**os.environ, "PYTHONPATH": CHECKOUT}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert set(said.stdout.split()) & {"spacy", "pyarrow", "numpy", *HEAVY} == set()
