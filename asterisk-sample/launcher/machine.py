"""What this machine lacks to run the sample."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from launcher.errors import CannotRunHere, SampleError

PACKAGE_OF_PROGRAM = {"debootstrap": "debootstrap", "sipp": "sip-tester", "unshare": "util-linux"}
NEEDED_MEGABYTES = 1500


def lasting_obstacles() -> list[str]:
    """Reasons that no installation of packages can cure; empty when the machine is fit."""
    found = []
    if sys.platform != "linux":
        return ["not Linux"]
    if os.geteuid() != 0:
        found.append("not root")
    if _distribution() != "debian":
        found.append("not Debian")
    if platform.machine() != "x86_64":
        found.append(f"not amd64 but {platform.machine()}")
    if os.geteuid() == 0 and not _namespaces_allowed():
        found.append("mount and process namespaces are not allowed here")
    return found


def missing_programs() -> list[str]:
    """Debian packages whose programs are not installed."""
    return sorted(package for program, package in PACKAGE_OF_PROGRAM.items() if shutil.which(program) is None)


def require_fit_machine() -> None:
    """Raise CannotRunHere with everything that is wrong, in one line."""
    obstacles = lasting_obstacles()
    if obstacles:
        raise CannotRunHere(f"the sample PBX cannot run here: {', '.join(obstacles)}")


def install_missing_programs() -> None:
    """Install the few system packages the sample needs."""
    packages = missing_programs()
    if not packages:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SampleError(f"{' '.join(command)} failed: {last_line(done.stderr or done.stdout)}")


def require_disk_space(place: Path) -> None:
    """Raise when `place` has too little room for the PBX's file tree."""
    free = shutil.disk_usage(place).free // 1_000_000
    if free < NEEDED_MEGABYTES:
        raise CannotRunHere(f"{place} has {free} MB free, the sample PBX needs {NEEDED_MEGABYTES} MB")


def last_line(text: str) -> str:
    """The last line of `text` that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("ID", "")
    except OSError:
        return ""


def _namespaces_allowed() -> bool:
    if shutil.which("unshare") is None:
        return True
    probe = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0
