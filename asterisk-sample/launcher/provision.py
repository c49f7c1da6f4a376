"""Unpacks Debian with Asterisk into the cache, once, whole or not at all."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.errors import SampleError
from launcher.lifetime import die_with_parent
from launcher.machine import install_missing_programs, last_line, require_disk_space, require_fit_machine

LEAST_VERSION = (22, 10, 1)
PACKAGES = "asterisk asterisk-modules asterisk-config asterisk-core-sounds-ru-gsm asterisk-moh-opsound-gsm"
SUITE = "sid"
RECIPE = "5"  # raise it when the tree must change: a new one is unpacked, running instances keep theirs

OWN_ID = (
    64738  # user and group of Asterisk: a number that no package of the host gives to one of its own users
)

# $1 the tree, $2 the suite, $3 the packages, $4 a mirror or nothing. In namespaces of its own: when it is interrupted
# or killed, its processes and mounts are gone with it.
UNPACK = f"""
set -eu
debootstrap --variant=minbase "$2" "$1" ${{4:+"$4"}}
printf '#!/bin/sh\\nexit 101\\n' > "$1/usr/sbin/policy-rc.d"
chmod 755 "$1/usr/sbin/policy-rc.d"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
chroot "$1" apt-get install -y -qq --no-install-recommends $3
chroot "$1" apt-get clean
chroot "$1" groupmod --gid {OWN_ID} asterisk
chroot "$1" usermod --uid {OWN_ID} asterisk
ln -sfn ru_RU_f_IvrvoiceRU "$1/usr/share/asterisk/sounds/ru"
mkdir -p "$1/run/callcenter" "$1/usr/local/share/asterisk/sounds"
echo "127.0.0.1 localhost" > "$1/etc/hosts"
"""


def cache_directory() -> Path:
    """Where the unpacked tree is kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(base) / "hotline-callcenter" / "pbx"


def provision(cache: Path | None = None) -> Path:
    """Make sure that Asterisk is unpacked, and return the root of its tree. Quick when it already is.

    Raises CannotRunHere on an unfit machine, SampleError when a step fails.
    """
    require_fit_machine()
    cache = cache or cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / f"root-{RECIPE}"
    with _only_one(cache):
        if _is_ready(root):
            return root
        install_missing_programs()
        require_disk_space(cache)
        partial = cache / f"root-{RECIPE}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        _unpack(partial, cache / "provision.log")
        _check_version(asterisk_version(partial))
        _stamp(partial).write_text(RECIPE)
        shutil.rmtree(root, ignore_errors=True)
        partial.rename(root)
        _remove_unused_trees(cache, root)
    return root


def asterisk_version(root: Path) -> tuple[int, ...]:
    """The version that the tree's Asterisk gives of itself."""
    said = subprocess.run(
        ["chroot", str(root), "asterisk", "-V"], capture_output=True, text=True, check=False
    )
    number = re.search(r"Asterisk (\d+)\.(\d+)\.(\d+)", said.stdout)
    if not number:
        raise SampleError(f"the unpacked Asterisk does not run: {last_line(said.stderr or said.stdout)}")
    return tuple(int(part) for part in number.groups())


def _check_version(version: tuple[int, ...]) -> None:
    if version < LEAST_VERSION:
        wanted, found = (".".join(map(str, part)) for part in (LEAST_VERSION, version))
        raise SampleError(f"Asterisk {wanted} or newer is needed, the distribution has {found}")


def _unpack(tree: Path, log: Path) -> None:
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    mirror = os.environ.get("CALLCENTER_DEBIAN_MIRROR", "")
    script = ["sh", "-c", UNPACK, "unpack", str(tree), SUITE, PACKAGES, mirror]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    with log.open("w") as lines:
        done = subprocess.run(
            namespaces + script,
            stdout=lines,
            stderr=subprocess.STDOUT,
            env=environment,
            check=False,
            preexec_fn=die_with_parent,
        )
    if done.returncode:
        raise SampleError(
            f"unpacking Asterisk failed: {last_line(log.read_text(errors='replace'))} (see {log})"
        )


def _remove_unused_trees(cache: Path, current: Path) -> None:
    """Older recipes' trees go, except where an instance still runs from one (its mounts say so)."""
    mounts = "".join(_text(file) for file in Path("/proc").glob("[0-9]*/mountinfo"))
    for tree in cache.glob("root*"):
        if tree != current and f"{tree}/" not in mounts:
            shutil.rmtree(tree, ignore_errors=True)


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""  # the process ended meanwhile


def _is_ready(root: Path) -> bool:
    try:
        if _stamp(root).read_text() != RECIPE:
            return False
        _check_version(asterisk_version(root))
    except (OSError, SampleError):
        return False
    return True


def _stamp(root: Path) -> Path:
    return root / "provisioned"


@contextmanager
def _only_one(cache: Path) -> Iterator[None]:
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
