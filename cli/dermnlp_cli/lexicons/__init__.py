"""`dermnlp lexicons`: what there is, whether it holds together, and rows of one's own."""

from __future__ import annotations

import typer

from dermnlp_cli.lexicons.add import add
from dermnlp_cli.lexicons.check import check
from dermnlp_cli.lexicons.diff import diff
from dermnlp_cli.lexicons.list_ import list_
from dermnlp_cli.lexicons.new import new
from dermnlp_cli.lexicons.try_ import try_

lexicons = typer.Typer(help="List, check and extend the lexicons.", no_args_is_help=True)
for _name, _command in (("list", list_), ("check", check), ("new", new), ("add", add), ("diff", diff), ("try", try_)):
    lexicons.command(_name)(_command)
