"""The wheel, installed in a clean environment, carries all five packages and its data, and starts."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT))
    (found,) = out.glob("*.whl")
    return found


def run(*command: str, cwd: Path = ROOT, **environ: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environ}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_the_wheel_carries_five_packages_and_their_files(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"ami", "callcenter", "config", "dialer", "sla"}
    assert any(name.startswith("callcenter/store/migrations/versions/") for name in names)
    assert any(name.startswith("callcenter/web/templates/") for name in names)
    assert any(name.startswith("callcenter/web/static/build/") for name in names)
    assert "callcenter/reports/fonts/IBMPlexSans_400Regular.ttf" in names
    assert any(name.endswith("ru/LC_MESSAGES/messages.po") for name in names)
    assert "config/callcenter.example.toml" in names
    assert not any("node_modules" in name for name in names)


def test_the_installed_wheel_begins_an_installation_and_refuses_a_wrong_setting(
    wheel: Path, tmp_path: Path
) -> None:
    """A clean environment: only the wheel itself on top of the locked dependencies, away from the checkout."""
    site = tmp_path / "site"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel))
    here = {"PYTHONPATH": str(site), "CC_DATABASE__URL": f"sqlite:///{tmp_path}/hotline.sqlite3"}
    entry = [sys.executable, "-P", "-m", "callcenter"]
    where = run(
        sys.executable, "-P", "-c", "import ami, callcenter; print(callcenter.__file__)", cwd=tmp_path, **here
    )
    assert where.startswith(str(site))
    out = run(*entry, "init", cwd=tmp_path, **here)
    assert "/sign-in/once/" in out
    assert "whole" in run(*entry, "audit", "verify", cwd=tmp_path, **here)
    wrong = subprocess.run(
        [*entry, "serve"],
        cwd=tmp_path,
        env={**os.environ, **here, "CC_WEB__PROT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert wrong.returncode == 1
    assert "CC_WEB__PROT: there is no such setting" in wrong.stderr
    assert "Traceback" not in wrong.stderr
