"""Telling dead processes from living ones."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from forgelake.state.owners import Owner, this_host


def test_this_process_lives() -> None:
    owner = Owner.current()
    assert (owner.pid, owner.host) == (os.getpid(), this_host())
    assert not owner.is_dead()


def test_each_new_run_has_its_own_id() -> None:
    assert Owner.current().run_id != Owner.current().run_id
    assert Owner.current("a-run").run_id == "a-run"


def test_a_process_that_ended_is_dead_before_and_after_it_is_collected() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started = int(_start_mark(process.pid)) if Path("/proc/self/stat").exists() else None
        owner = Owner(uuid.uuid4().hex, this_host(), process.pid, started)
        assert not owner.is_dead()
        process.kill()
        if started is not None:
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, not collected
            assert owner.is_dead()
        process.wait()
        assert owner.is_dead()


def test_another_hosts_processes_are_never_declared_dead() -> None:
    assert not Owner(uuid.uuid4().hex, "another-host", 2**22 + 1, None).is_dead()


def test_a_command_name_with_spaces_and_parentheses_is_read(tmp_path: Path) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("no /proc here")
    program = tmp_path / "a) 1 (b"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        owner = Owner(uuid.uuid4().hex, this_host(), process.pid, int(_start_mark(process.pid)))
        assert not owner.is_dead()
        process.kill()


def _start_mark(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19]
