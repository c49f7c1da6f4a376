"""Starts one Asterisk in namespaces of its own, waits until it says it is ready, and ends it."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from launcher.errors import SampleError
from launcher.lifetime import die_with_parent, host_children
from launcher.machine import last_line
from launcher.render import Places, connection, copy_sounds, make_secrets, read_json, render, write_private
from launcher.settings import Settings

INSIDE = "/run/callcenter"
START_PATIENCE = 60.0
STOP_PATIENCE = 8.0

# $1 the unpacked tree, $2 the instance's directory. This shell is process 1 of its namespace: when it goes, by whatever
# signal, the kernel ends Asterisk and the mounts vanish. The tree itself is read-only: instances share it.
CONTAIN = f"""
set -eu
hostname localhost   # a name that the tree can resolve
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
mount --bind "$2" "$1{INSIDE}"
mount --bind "$2/sounds" "$1/usr/local/share/asterisk/sounds"
chroot "$1" /usr/sbin/asterisk -f -U asterisk -G asterisk -C {INSIDE}/etc/asterisk.conf </dev/null &
trap 'kill -TERM $!' TERM
wait $! || wait $! || true
"""


class Instance:
    """One Asterisk with its own directory, ports and records. `start` and `stop` may be called once each."""

    def __init__(self, root: Path, run: Path, settings: Settings) -> None:
        self._root = root
        self._run = run.resolve()
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def connection_file(self) -> Path:
        """Where addresses and secrets of this instance stand; readable by its owner only."""
        return self._run / "connection.json"

    def start(self) -> int:
        """Render the configuration, start Asterisk and return its process id once it is fully booted."""
        _require_free_ports(self._settings)
        facts = self._prepare()
        with _readiness(self._run / "state" / "run") as ready:
            self._process = self._spawn()
            self._await(ready)
        pid = self._asterisk_pid()
        write_private(
            self.connection_file, json.dumps({**facts, "asterisk_pid": pid}, ensure_ascii=False, indent=1)
        )
        return pid

    def wait(self) -> int:
        """Block until Asterisk is gone; the exit code of its container."""
        assert self._process is not None
        return self._process.wait()

    def stop(self) -> None:
        """End Asterisk, politely at first; afterwards nothing of it runs or is mounted."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        for child in host_children(process.pid):
            os.kill(child, signal.SIGTERM)
        try:
            process.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _prepare(self) -> dict[str, Any]:
        owner = self._asterisk_owner()
        state = self._run / "state"
        for part in ("lib", "lib/keys", "cache", "spool", "run", "log", "log/cel-custom", "log/cdr-custom"):
            (state / part).mkdir(parents=True, exist_ok=True)
        keys_file = self._run / "secrets.json"
        keys = read_json(keys_file) or make_secrets(self._settings)
        write_private(keys_file, json.dumps(keys))
        places = Places(etc=f"{INSIDE}/etc", state=f"{INSIDE}/state")
        render(self._settings, keys, places, self._run / "etc")
        copy_sounds(self._run / "sounds")
        _give(self._run, state, owner)
        return connection(self._settings, keys, self._run)

    def _asterisk_owner(self) -> tuple[int, int]:
        for line in (self._root / "etc" / "passwd").read_text().splitlines():
            name, _, uid, gid, *_ = line.split(":")
            if name == "asterisk":
                return int(uid), int(gid)
        raise SampleError("the unpacked tree has no user asterisk; remove it and provision again")

    def _spawn(self) -> subprocess.Popen[bytes]:
        namespaces = ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
        script = ["sh", "-c", CONTAIN, "contain", str(self._root), str(self._run)]
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "NOTIFY_SOCKET": f"{INSIDE}/state/run/ready",
        }
        with (self._run / "console.log").open("wb") as console:
            return subprocess.Popen(
                namespaces + script,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def _await(self, ready: socket.socket) -> None:
        assert self._process is not None
        gone = os.pidfd_open(self._process.pid)
        deadline = time.monotonic() + START_PATIENCE
        try:
            while (left := deadline - time.monotonic()) > 0:
                heard, _, _ = select.select([ready.fileno(), gone], [], [], left)
                if ready.fileno() in heard and b"READY=1" in ready.recv(4096):
                    return
                if gone in heard:
                    raise SampleError(f"Asterisk ended while starting: {self._last_words()}")
            self.stop()
            raise SampleError(f"Asterisk was not ready after {START_PATIENCE:.0f} s: {self._last_words()}")
        finally:
            os.close(gone)

    def _last_words(self) -> str:
        return last_line((self._run / "console.log").read_text(errors="replace"))

    def _asterisk_pid(self) -> int:
        assert self._process is not None
        (container,) = host_children(self._process.pid)
        (asterisk,) = host_children(container)
        return asterisk


@contextmanager
def only_instance(run: Path) -> Iterator[IO[str]]:
    """Hold the instance's directory; raises SampleError when another process already runs it."""
    run.mkdir(parents=True, exist_ok=True)
    with (run / "launcher.pid").open("a+") as holder:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SampleError(f"a sample PBX is already running from {run}") from error
        holder.truncate(0)
        holder.write(str(os.getpid()))
        holder.flush()
        yield holder


def stop_running(run: Path) -> bool:
    """End the launcher that holds this directory and wait until it let go; False when none did."""
    try:
        holder = (run / "launcher.pid").open("r+")
    except FileNotFoundError:
        return False
    with holder:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.kill(int(holder.read()), signal.SIGTERM)
            fcntl.flock(holder, fcntl.LOCK_EX)
            return True
        return False


def cli(run: Path, command: str) -> str:
    """What Asterisk's command line answers to one command, over its control socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            _at(run / "state" / "run", "asterisk.ctl", line.connect)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise SampleError(f"no sample PBX is running from {run}") from error
        line.recv(1024)  # the banner
        line.sendall(f"cli quit after {command}\0".encode())
        answer = b""
        while part := line.recv(65536):
            answer += part
    return answer.replace(b"\0", b"").decode(errors="replace").strip()


@contextmanager
def _readiness(directory: Path) -> Iterator[socket.socket]:
    """A socket on which Asterisk itself says READY=1 when it is fully booted (the service notification protocol)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        (directory / "ready").unlink(missing_ok=True)
        _at(directory, "ready", ready.bind)
        (directory / "ready").chmod(0o666)
        yield ready
        (directory / "ready").unlink(missing_ok=True)


def _at(directory: Path, name: str, act: Any) -> None:
    """Act on a socket address in a directory of any depth: addresses hold only 107 bytes, a descriptor is short."""
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    try:
        act(f"/proc/self/fd/{descriptor}/{name}")
    finally:
        os.close(descriptor)


def _give(run: Path, state: Path, owner: tuple[int, int]) -> None:
    """Asterisk may read its configuration and write its state; others may do neither."""
    uid, gid = owner
    run.chmod(0o750)
    shutil.chown(run, 0, gid)
    for folder in (run / "etc", run / "sounds"):
        for file in (folder, *folder.iterdir()):
            os.chown(file, 0, gid)
    for parent, _, files in os.walk(state):
        os.chown(parent, uid, gid)
        for name in files:
            os.chown(Path(parent) / name, uid, gid, follow_symlinks=False)


def _require_free_ports(settings: Settings) -> None:
    wanted = [
        (socket.SOCK_DGRAM, settings.sip_port, "SIP, --sip-port"),
        (socket.SOCK_STREAM, settings.ami_port, "AMI, --ami-port"),
        (socket.SOCK_STREAM, settings.http_port, "HTTP, --http-port"),
    ]
    for kind, port, what in wanted:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, port))
            except OSError as error:
                raise SampleError(f"port {port} ({what}) is taken: {error.strerror}") from error
