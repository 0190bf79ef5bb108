"""The dermnlp command as tests run it: in a process of its own, on the checkout or on whatever is installed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

ROOT = Path(__file__).parents[1]
NOTES = ROOT / "corpora" / "notes" / "notes.csv"
COMMAND = [sys.executable, "-c", "import sys; sys.argv[0] = 'dermnlp'; from dermnlp_cli.main import app; app()"]
CHECKOUT = os.pathsep.join([str(ROOT), str(ROOT / "cli")])
ENVIRONMENT = {**os.environ, "PYTHONPATH": CHECKOUT, "COLUMNS": "200", "NO_COLOR": "1", "PYTHONUTF8": "1"}
TIMEOUT = 180


def dermnlp(*arguments: object, cwd: Path | None = None, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, timeout=TIMEOUT, **more)


def invoke(*arguments: object, text: str | bytes | None = None) -> Result:
    """Run a command in this process."""
    from dermnlp_cli.main import app

    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=text, env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})


def start(*arguments: object, cwd: Path | None = None) -> subprocess.Popen[str]:
    """Start a command in a process group of its own."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    attend = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a background job's children would be deaf to Ctrl-C
    return subprocess.Popen([*COMMAND, *map(str, arguments)], cwd=cwd, env=ENVIRONMENT, start_new_session=True, preexec_fn=attend, **pipes)
