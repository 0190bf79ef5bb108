"""`dermnlp lexicons`: what there is, whether it holds together, and rows of one's own."""

from __future__ import annotations

import typer

from dermnlp_cli.lexicons.check import check
from dermnlp_cli.lexicons.export import export
from dermnlp_cli.lexicons.import_ import import_
from dermnlp_cli.lexicons.list_ import list_

lexicons = typer.Typer(help="List, check and extend the lexicons.", no_args_is_help=True)
lexicons.command("list")(list_)
lexicons.command("check")(check)
lexicons.command("import")(import_)
lexicons.command("export")(export)
