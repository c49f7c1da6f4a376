"""The `callcenter` command line; imports lazily so that `--help` is instant."""

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)
