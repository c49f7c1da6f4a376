"""The command line: `pbx provision | start | stop | call | cli | doctor`."""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import fields
from pathlib import Path

from launcher.calls import STORIES, place_call
from launcher.errors import FAILED, SampleError
from launcher.instance import Instance, cli, only_instance, stop_running
from launcher.lifetime import follow_parent
from launcher.machine import lasting_obstacles, missing_programs, require_fit_machine
from launcher.provision import asterisk_version, provision
from launcher.settings import Settings, default_run_directory

PORTS = ("sip_port", "ami_port", "http_port", "agi_port", "trunk_port", "rtp_start", "rtp_end")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 (failed), 2 (wrong usage) or 3 (this machine cannot run it)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except SampleError as error:
        sys.stderr.write(f"pbx: {error}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"pbx: {error.strerror}: {error.filename}\n")
        return FAILED
    except KeyboardInterrupt:
        return 130


def _provision(_: argparse.Namespace) -> int:
    root = provision()
    _say(f"Asterisk {'.'.join(map(str, asterisk_version(root)))} is unpacked in {root}")
    return 0


def _start(options: argparse.Namespace) -> int:
    require_fit_machine()
    if options.with_parent:
        follow_parent()
    run: Path = options.dir
    with only_instance(run):
        instance = Instance(provision(), run, _settings(options))
        signal.signal(signal.SIGTERM, _interrupted)
        signal.signal(signal.SIGHUP, _interrupted)
        try:
            pid = instance.start()
            _say(f"ready: Asterisk {pid}, connection {instance.connection_file}")
            instance.wait()
            raise SampleError(
                f"Asterisk ended by itself; its log is {run / 'state' / 'log' / 'messages.log'}"
            )
        except KeyboardInterrupt:
            return 0
        finally:
            instance.stop()


def _interrupted(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _stop(options: argparse.Namespace) -> int:
    _say("stopped" if stop_running(options.dir) else f"no sample PBX was running from {options.dir}")
    return 0


def _call(options: argparse.Namespace) -> int:
    _say(place_call(options.dir, options.kind, options.number, options.operator, options.ring, options.stay))
    return 0


def _cli(options: argparse.Namespace) -> int:
    _say(cli(options.dir, options.text))
    return 0


def _doctor(_: argparse.Namespace) -> int:
    obstacles = lasting_obstacles()
    if obstacles:
        _say(f"the sample PBX cannot run here: {', '.join(obstacles)}")
        return 3
    missing = missing_programs()
    _say(f"will be installed: {', '.join(missing)}" if missing else "ready to provision and start")
    return 0


def _settings(options: argparse.Namespace) -> Settings:
    changes: dict[str, str] = {"static_hours": "*,*,*,*"} if options.always_open else {}
    for name in PORTS:
        if getattr(options, name) is not None:
            changes[name] = getattr(options, name)
    for pair in options.set:
        name, separator, value = pair.partition("=")
        if not separator:
            raise SampleError(f"--set wants NAME=VALUE, not {pair}")
        changes[name] = value
    return Settings().with_changes(changes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pbx", description="A real Asterisk with the sample configuration.")
    commands = parser.add_subparsers(required=True, metavar="command")

    unpack = commands.add_parser("provision", help="unpack Asterisk into the cache (once; needs root)")
    unpack.set_defaults(command=_provision)
    start_help = "start Asterisk and stay until Ctrl-C; prints `ready` when it is"
    _start_options(commands.add_parser("start", help=start_help))
    stop = commands.add_parser("stop", help="stop the instance that runs from this directory")
    stop.set_defaults(command=_stop)
    _directory(stop)
    _call_options(commands.add_parser("call", help="place a real SIP call to the hotline (SIPp)"))
    console = commands.add_parser("cli", help="one command of Asterisk's own command line")
    console.set_defaults(command=_cli)
    _directory(console)
    console.add_argument("text", help="for instance: 'queue show'")
    commands.add_parser("doctor", help="what this machine lacks, in one line").set_defaults(command=_doctor)
    return parser


def _start_options(start: argparse.ArgumentParser) -> None:
    start.set_defaults(command=_start)
    _directory(start)
    for name in PORTS:
        default = getattr(Settings(), name)
        start.add_argument(f"--{name.replace('_', '-')}", metavar="PORT", help=f"default {default}")
    known = ", ".join(f.name for f in fields(Settings) if f.name not in (*PORTS, "operators", "executors"))
    start.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=f"one of: {known}")
    open_help = "open day and night when the program is away"
    start.add_argument("--always-open", action="store_true", help=open_help)
    start.add_argument("--with-parent", action="store_true", help="end when the starting process ends")


def _call_options(call: argparse.ArgumentParser) -> None:
    call.set_defaults(command=_call)
    _directory(call)
    call.add_argument("kind", choices=sorted(STORIES))
    call.add_argument("--number", help="the caller's number, digits")
    call.add_argument("--operator", default="101", help="the desk phone that rings (default 101)")
    call.add_argument("--ring", type=int, metavar="MS", help="how long it rings before it is answered")
    stay_help = "how long the caller stays after the PBX took the call"
    call.add_argument("--stay", type=int, metavar="MS", help=stay_help)


def _directory(parser: argparse.ArgumentParser) -> None:
    default = default_run_directory()
    parser.add_argument(
        "--dir", type=Path, default=default, help=f"the instance's directory (default {default})"
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
