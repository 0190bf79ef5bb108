"""`dermnlp lexicons`: what there is, whether it holds together, and rows of one's own."""

from __future__ import annotations

from collections.abc import Callable

import typer

from dermnlp_cli.lexicons.add import add
from dermnlp_cli.lexicons.check import check
from dermnlp_cli.lexicons.diff import diff
from dermnlp_cli.lexicons.export import export
from dermnlp_cli.lexicons.import_ import import_
from dermnlp_cli.lexicons.list_ import list_
from dermnlp_cli.lexicons.new import new
from dermnlp_cli.lexicons.try_ import try_

lexicons = typer.Typer(help="List, check and extend the lexicons.", no_args_is_help=True)
COMMANDS: dict[str, Callable[..., None]] = {"list": list_, "check": check, "new": new, "add": add, "import": import_, "export": export, "diff": diff, "try": try_}
for _name, _command in COMMANDS.items():
    lexicons.command(_name)(_command)
