"""The shipped systemd unit, as systemd itself reads it; nothing is started."""

import os
import shutil
import subprocess

import pytest

from tests.deploy.proxies import DEPLOY

UNIT = DEPLOY / "executor.service"
MOST_EXPOSED = 20  # of 100; systemd calls up to 20 "ok", and an ordinary service has more than 90


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("this machine has no systemd")
    command = [found, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"})


def test_the_unit_leaves_the_process_little_to_reach() -> None:
    told = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", str(UNIT))
    assert told.returncode == 0, told.stdout
    open_still = {line.split("=")[0].removeprefix("✗ ") for line in told.stdout.splitlines() if line.startswith("✗")}
    assert not open_still & {"SystemCallFilter", "ProtectProc", "RestrictSUIDSGID", "NoNewPrivileges"}


def test_systemd_finds_no_mistake_in_the_unit(tmp_path) -> None:
    """But that gunicorn does not stand where it will."""
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("ExecStart=/opt/executor/bin/gunicorn", "ExecStart=/bin/true"))
    told = analyze("verify", "--man=no", "--recursive-errors=no", str(copy))
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("line", ["LimitCORE=0", "UMask=0077"])
def test_what_systemd_does_not_judge_is_there(line: str) -> None:
    assert line in UNIT.read_text().splitlines()
