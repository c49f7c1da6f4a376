"""The launcher: the sample loads cleanly, keeps its secrets, and leaves nothing behind however it ends."""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asterisk.observer import Observer, observing
from tests.asterisk.sample_pbx import PBX, SamplePbx, running_sample, worker

PATIENCE = 15.0


@pytest.fixture
def second(tmp_path: Path) -> Iterator[SamplePbx]:
    """A second PBX beside the session's, for tests that end it."""
    with running_sample(tmp_path / "second", worker(), slot=1) as sample:
        yield sample


def gone(pid: int) -> bool:
    """Wait, on the kernel's word, until a process has ended."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ended, _, _ = select.select([watched], [], [], PATIENCE)
        return bool(ended)
    finally:
        os.close(watched)


def mounted(directory: Path) -> list[str]:
    """Mounts, in the namespace of any living process, that come from a directory or lie in it."""
    lines = [line for mounts in Path("/proc").glob("[0-9]*/mountinfo") for line in _readable(mounts)]
    return [line for line in lines if str(directory) in line]


def _readable(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []


def pbx_says(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [sys.executable, PBX, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The only line that a failed command printed, to stderr."""
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_sample_loads_without_a_warning(second: SamplePbx) -> None:
    assert [line for line in second.log().splitlines() if "WARNING" in line or "ERROR" in line] == []


def test_every_application_and_function_of_the_dialplan_is_loaded(pbx: SamplePbx) -> None:
    dialplan = pbx.cli("dialplan show")
    applications = set(re.findall(r"\. ([A-Z][A-Za-z]+)\(", dialplan))
    functions = set(re.findall(r"(?:\$\{|Set\()([A-Z][A-Za-z]+)\(", dialplan))
    assert applications >= {"Dial", "Queue", "AGI"}
    assert functions >= {"CALLERID", "DB", "FILTER", "CHANNEL"}
    for name in applications:
        assert "Info about" in pbx.cli(f"core show application {name}"), name
    known = pbx.cli("core show functions")
    for name in functions:
        assert re.search(rf"^{name} ", known, re.MULTILINE), name


def test_secrets_are_fresh_private_and_never_printed(pbx: SamplePbx, second: SamplePbx) -> None:
    for sample in (pbx, second):
        mode = stat.S_IMODE((sample.directory / "connection.json").stat().st_mode)
        assert mode & 0o007 == 0
        assert stat.S_IMODE(sample.directory.stat().st_mode) & 0o007 == 0
    ours, theirs = (
        set(json.loads((s.directory / "secrets.json").read_text()).values()) for s in (pbx, second)
    )
    assert ours.isdisjoint(theirs)
    assert len(ours) == 8
    assert min(map(len, ours | theirs)) >= 32
    leftovers = [f.name for f in (pbx.directory / "etc").iterdir() if re.search(r"@[A-Z_]+@", f.read_text())]
    assert leftovers == []


def test_no_secret_stands_in_the_list_of_processes(pbx: SamplePbx) -> None:
    secrets = json.loads((pbx.directory / "secrets.json").read_text()).values()
    with pbx.phone("101", "rings_for_ever"):
        running = " ".join(" ".join(_readable(file)) for file in Path("/proc").glob("[0-9]*/cmdline"))
    assert "phone_registers.xml" in running
    assert [secret for secret in secrets if secret in running] == []


def test_asterisk_runs_as_a_user_that_the_host_does_not_have(pbx: SamplePbx) -> None:
    status = Path(f"/proc/{pbx.facts['asterisk_pid']}/status").read_text()
    (user,) = set(re.findall(r"^Uid:\t(\d+)\t\1\t\1\t\1$", status, re.MULTILINE))
    taken = [line.split(":")[2] for line in Path("/etc/passwd").read_text().splitlines()]
    assert user not in taken


def test_stopped_pbx_leaves_nothing_running_or_mounted(second: SamplePbx) -> None:
    assert mounted(second.directory) != []
    done = pbx_says("stop", "--dir", second.directory)
    assert (done.returncode, done.stdout) == (0, "stopped\n")
    assert gone(second.facts["asterisk_pid"])
    assert second.launcher.wait(PATIENCE) == 0
    assert mounted(second.directory) == []


def test_killed_launcher_leaves_nothing_running_or_mounted(second: SamplePbx) -> None:
    second.launcher.kill()
    assert gone(second.facts["asterisk_pid"])
    assert mounted(second.directory) == []


def test_pbx_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom tests.asterisk.sample_pbx import running_sample\n"
        f"with running_sample(Path({str(tmp_path)!r}), {worker()}, slot=1) as sample:\n"
        "    print(sample.facts['asterisk_pid'], flush=True)\n    sys.stdin.read()\n"
    )
    path = os.pathsep.join([str(PBX.parent), str(PBX.parents[1])])
    starter = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    with starter:
        assert starter.stdout is not None
        asterisk = int(starter.stdout.readline())
        starter.kill()
        assert gone(asterisk)
    assert mounted(tmp_path) == []


def test_death_of_asterisk_is_told_and_it_starts_again_with_the_same_secrets(second: SamplePbx) -> None:
    os.kill(second.facts["asterisk_pid"], signal.SIGKILL)
    assert second.launcher.wait(PATIENCE) == 1
    assert second.launcher.stderr is not None
    assert "Asterisk ended by itself" in second.launcher.stderr.read()
    with running_sample(second.directory, worker(), slot=1) as again:
        assert again.facts["ami"] == second.facts["ami"]
        assert again.facts["asterisk_pid"] != second.facts["asterisk_pid"]


def test_second_start_from_the_same_directory_is_refused(pbx: SamplePbx) -> None:
    done = pbx_says("start", "--dir", pbx.directory)
    assert done.returncode == 1
    assert one_line(done) == f"pbx: a sample PBX is already running from {pbx.directory}"


def test_busy_port_is_named(pbx: SamplePbx, tmp_path: Path) -> None:
    taken = str(pbx.facts["ami"]["port"])
    done = pbx_says("start", "--dir", tmp_path / "third", "--sip-port", "15399", "--ami-port", taken)
    assert done.returncode == 1
    assert one_line(done).startswith(f"pbx: port {taken} (AMI, --ami-port) is taken")


@pytest.mark.parametrize(
    "wrong", ["ring_timeout=soon", "nothing=1", "welcome=a\nb", "operators=1", "ring_timeout"]
)
def test_wrong_setting_is_named(tmp_path: Path, wrong: str) -> None:
    done = pbx_says("start", "--dir", tmp_path, "--set", wrong)
    assert done.returncode == 1
    assert done.stderr.startswith("pbx: --set ")


def test_machine_without_root_is_told_so_with_its_own_exit_code(tmp_path: Path) -> None:
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    arguments = ["start", "--dir", str(tmp_path / "x")]
    tmp_path.chmod(0o777)
    done = subprocess.run(
        [*nobody, "/usr/bin/python3", PBX, *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "pbx: the sample PBX cannot run here: not root\n"


def test_command_line_without_a_running_pbx_says_so(tmp_path: Path) -> None:
    for arguments in (
        ["cli", "--dir", tmp_path, "core show uptime"],
        ["call", "--dir", tmp_path, "answered"],
    ):
        done = pbx_says(*arguments)
        assert done.returncode == 1
        assert str(tmp_path) in one_line(done)
    assert pbx_says("stop", "--dir", tmp_path).stdout == f"no sample PBX was running from {tmp_path}\n"


def test_call_without_sipp_says_what_to_install(pbx: SamplePbx) -> None:
    done = pbx_says("call", "--dir", pbx.directory, "answered", PATH="/nonexistent")
    assert done.returncode == 3
    assert one_line(done) == "pbx: SIPp is not installed: apt-get install sip-tester"


ENDS = {"abandoned": "QueueCallerAbandon", "unanswered": "AgentRingNoAnswer", "waiting": "UserEvent"}


@pytest.mark.parametrize("kind", ["answered", "known", "hidden", "abandoned", "unanswered", "waiting"])
async def test_demonstration_call(pbx: SamplePbx, ami: Observer, kind: str) -> None:
    times = ("--ring", "200", "--stay", "1500")
    done = await asyncio.to_thread(pbx_says, "call", "--dir", pbx.directory, kind, *times)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"the {kind} call from ")
    await ami.event(ENDS.get(kind, "AgentComplete"))


async def test_two_instances_do_not_hear_each_other(pbx: SamplePbx, ami: Observer, second: SamplePbx) -> None:
    async with observing(second.facts) as other, second.caller("caller_hangs_up", stay=200):
        await other.event("UserEvent", UserEvent="CallStart")
        await ami.settled()
    assert ami.events("Newchannel") == []


def test_interrupted_unpacking_leaves_nothing_and_is_not_taken_for_done(tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    told = tmp_path / "told"
    os.mkfifo(told)
    unpacker = programs / "debootstrap"
    unpacker.write_text(
        f'#!/bin/sh\nmkdir -p "$3"\nmount -t tmpfs tmpfs "$3"\necho started > {told}\nexec sleep 600\n'
    )
    unpacker.chmod(0o755)
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": f"{programs}:{os.environ['PATH']}"}
    launcher = subprocess.Popen([sys.executable, PBX, "provision"], env={**os.environ, **environment})
    assert told.read_text() == "started\n"
    (unpacking,) = (Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text()).split()
    launcher.kill()
    launcher.wait()
    assert gone(int(unpacking))
    assert mounted(tmp_path) == []
    cache = tmp_path / "cache" / "hotline-callcenter" / "pbx"
    assert list(cache.glob("root-?")) == []

    unpacker.write_text("#!/bin/sh\necho 'E: no mirror' >&2\nexit 1\n")
    done = pbx_says("provision", **environment)
    assert done.returncode == 1
    assert "unpacking Asterisk failed: E: no mirror" in one_line(done)
    assert list(cache.glob("root-?")) == []


def test_doctor_finds_this_machine_fit() -> None:
    done = pbx_says("doctor")
    assert (done.returncode, done.stdout) == (0, "ready to provision and start\n")
