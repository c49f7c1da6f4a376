"""The `callcenter` command line; every command imports what it needs itself, so that `--help` is instant."""

import os
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

Command = Callable[[], Coroutine[Any, Any, str | None]]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The hotline's call centre: calls become tickets, deadlines are kept, callbacks are placed.",
)
db = typer.Typer(no_args_is_help=True, help="The database: create, migrate, check.")
calendar = typer.Typer(no_args_is_help=True, help="Business hours, holidays and moved working days.")
people = typer.Typer(no_args_is_help=True, help="People and their sign-in.")
dialer = typer.Typer(no_args_is_help=True, help="Callbacks: stop, let go on, and look at the dialer.")
audit = typer.Typer(no_args_is_help=True, help="The record of who did what.")
app.add_typer(db, name="db")
app.add_typer(calendar, name="calendar")
app.add_typer(people, name="people")
app.add_typer(audit, name="audit")
app.add_typer(dialer, name="dialer")
sla = typer.Typer(no_args_is_help=True, help="The regulation's minutes: what if they were others.")
app.add_typer(sla, name="sla")

report = typer.Typer(no_args_is_help=True, help="Reports of a day, a week or a month as files.")
app.add_typer(report, name="report")
stats = typer.Typer(no_args_is_help=True, help="Stored figures against the raw rows, calls against records.")
app.add_typer(stats, name="stats")
PdfFile = Annotated[Path | None, typer.Option("--pdf", help="Write it as PDF to this file")]
XlsxFile = Annotated[Path | None, typer.Option("--xlsx", help="Write it as a workbook to this file")]
CsvFolder = Annotated[
    Path | None,
    typer.Option("--csv", help="Write each table, and every ticket and call, as CSV to this folder"),
]

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", envvar="CC_CONFIG", help="The TOML file; default: callcenter.toml"),
]


def fail(sentence: str, code: int = 1) -> NoReturn:
    """End with one clear sentence and a non-zero exit."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def _guarded(command: Command) -> None:
    from callcenter.commands.program import run_command

    failure = run_command(command)
    if failure is not None:
        fail(failure)


def _settings_path(config: Path | None) -> Path | None:
    default = Path("callcenter.toml")
    return config or (default if default.is_file() else None)


@app.command()
def serve(config: Config = None) -> None:
    """Run the program until SIGTERM or Ctrl-C."""
    from callcenter.commands.program import serve as command

    _guarded(lambda: command(_settings_path(config), os.environ))


@app.command()
def init(
    login: Annotated[str, typer.Option(help="The first administrator's login")] = "admin",
    name: Annotated[str, typer.Option(help="His name as people see it")] = "Администратор",
    config: Config = None,
) -> None:
    """Begin a real installation: create the database and the first administrator; prints his one-time link."""
    from callcenter.commands.program import init as command

    _guarded(lambda: command(_settings_path(config), os.environ, login=login, name=name))


@app.command()
def doctor(config: Config = None) -> None:
    """Say what is wrong with the settings, the database, the PBX and its account, and how to mend it."""
    from callcenter.commands.doctor import doctor as command

    _guarded(lambda: command(_settings_path(config), os.environ))


@db.command("upgrade")
def db_upgrade(config: Config = None) -> None:
    """Create or migrate the database to this program's schema."""
    from callcenter.commands.program import db_upgrade as command

    _guarded(lambda: command(_settings_path(config), os.environ))


@db.command("check")
def db_check(config: Config = None) -> None:
    """Say whether the database has this program's schema; exit 1 when not."""
    from callcenter.commands.program import db_check as command

    _guarded(lambda: command(_settings_path(config), os.environ))


@calendar.command("show")
def calendar_show(month: Annotated[str, typer.Argument(help="2026-12")], config: Config = None) -> None:
    """Print a month: which days are open, and why the others are not."""
    from callcenter.commands.program import calendar_show as command

    _guarded(lambda: command(_settings_path(config), os.environ, month=month))


@people.command("sign-in-link")
def people_sign_in_link(login: str, config: Config = None) -> None:
    """Print a one-time link with which a person signs in and sets his password."""
    from callcenter.commands.program import sign_in_link as command

    _guarded(lambda: command(_settings_path(config), os.environ, login=login))


@dialer.command("pause")
def dialer_pause(
    reason: Annotated[str, typer.Option(help="Why, for the record")], config: Config = None
) -> None:
    """Place no call any more, on all nodes; calls in progress run to their end."""
    from callcenter.commands.dialer import pause as command

    _guarded(lambda: command(_settings_path(config), os.environ, reason=reason))


@dialer.command("resume")
def dialer_resume(config: Config = None) -> None:
    """Let the dialer go on, on all nodes."""
    from callcenter.commands.dialer import resume as command

    _guarded(lambda: command(_settings_path(config), os.environ))


@dialer.command("reset-breaker")
def dialer_reset_breaker(config: Config = None) -> None:
    """The trunk is mended: try again now, not when the circuit breaker would."""
    from callcenter.commands.dialer import reset_breaker as command

    _guarded(lambda: command(_settings_path(config), os.environ))


@dialer.command("status")
def dialer_status(config: Config = None) -> None:
    """Say how the dialer stands: paused, breaker, what is due and what is on the line."""
    from callcenter.commands.dialer import status as command

    _guarded(lambda: command(_settings_path(config), os.environ))


@sla.command("replay")
def sla_replay(
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day")],
    until: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day")],
    target: Annotated[list[str] | None, typer.Option(help="resolve.reference=20m; may be repeated")] = None,
    calendar_file: Annotated[Path | None, typer.Option("--calendar", help="Another calendar, TOML")] = None,
    config: Config = None,
) -> None:
    """Judge recorded tickets anew under other targets or another calendar, and print the difference."""
    from callcenter.commands.what_if import sla_replay as command

    _guarded(
        lambda: command(
            _settings_path(config),
            os.environ,
            since=since,
            until=until,
            targets=target or [],
            calendar=calendar_file,
        )
    )


def _report(
    kind: str, text: str, files: tuple[Path | None, Path | None, Path | None], config: Path | None
) -> None:
    from callcenter.commands.reports import Wanted
    from callcenter.commands.reports import report as command

    pdf, xlsx, csv = files
    wanted = Wanted(pdf=pdf, xlsx=xlsx, csv=csv)
    _guarded(lambda: command(_settings_path(config), os.environ, kind=kind, text=text, wanted=wanted))


@report.command("month")
def report_month(
    month: Annotated[str, typer.Argument(help="2026-10")],
    pdf: PdfFile = None,
    xlsx: XlsxFile = None,
    csv: CsvFolder = None,
    config: Config = None,
) -> None:
    """Write a month's report; without a file, print its main points."""
    _report("month", month, (pdf, xlsx, csv), config)


@report.command("week")
def report_week(
    day: Annotated[str, typer.Argument(help="Any day of the week: 2026-10-14")],
    pdf: PdfFile = None,
    xlsx: XlsxFile = None,
    csv: CsvFolder = None,
    config: Config = None,
) -> None:
    """Write a week's report, Monday to Sunday."""
    _report("week", day, (pdf, xlsx, csv), config)


@report.command("day")
def report_day(
    day: Annotated[str, typer.Argument(help="2026-10-14")],
    pdf: PdfFile = None,
    xlsx: XlsxFile = None,
    csv: CsvFolder = None,
    config: Config = None,
) -> None:
    """Write a day's report."""
    _report("day", day, (pdf, xlsx, csv), config)


@stats.command("recount")
def stats_recount(
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day")],
    until: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day")],
    config: Config = None,
) -> None:
    """Recount stored days from the raw rows; exit 1 when they differed. A frozen month is never changed."""
    from callcenter.commands.statistics import recount as command

    _guarded(lambda: command(_settings_path(config), os.environ, since=since, until=until))


@stats.command("losses")
def stats_losses(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="2026-11-20")], config: Config = None
) -> None:
    """Compare a day's calls with Asterisk's own records and with tickets; exit 1 when something is left over."""
    from callcenter.commands.statistics import losses as command

    _guarded(lambda: command(_settings_path(config), os.environ, day=day))


@audit.command("verify")
def audit_verify(config: Config = None) -> None:
    """Check the audit's chain of hashes from the first row to the last; exit 1 when it is broken."""
    from callcenter.commands.program import audit_verify as command

    _guarded(lambda: command(_settings_path(config), os.environ))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the demonstration's pages are")] = 8080,
    state: Annotated[Path, typer.Option(help="Where its state is kept")] = Path("var/demo"),
) -> None:
    """Start the demonstration: invented people, an open calendar, and a real Asterisk where possible."""
    from callcenter.demo import demo as command

    _guarded(lambda: command(port=port, state=state, environ=os.environ))


@app.command("demo-call")
def demo_call(
    kind: Annotated[
        str, typer.Argument(help="answered, abandoned, hidden, known, unanswered or waiting")
    ] = "answered",
    state: Annotated[Path, typer.Option(help="Where the demonstration's state is kept")] = Path("var/demo"),
) -> None:
    """Place a real SIP call to the demonstration's hotline."""
    from callcenter.demo import demo_call as command

    _guarded(lambda: command(kind=kind, state=state))
