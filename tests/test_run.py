"""`./run` and start.py with a Python, a loader and an apt-get that only write down what they are asked for."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from start import MACHINES
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = (ROOT / "run", ROOT / ".ci" / "run")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a shell script")

# Answers what is asked of a Python; makes environments that hold a copy of it; notes each call of pip; start.py is
# run by a real Python.
PYTHON = (
    f"""#!/usr/bin/env bash
if [ "$1 $2" = "-I -S" ]; then
  if [ "$3" = -c ]; then exit; fi
  shift 2
  exec {shlex.quote(sys.executable)} -S "$FAKE_START" "$@"
fi
DESCRIPTION="3.12.0 64 {MACHINES[sys.platform]} True"
"""
    """
if [ "$1" = -I ]; then shift; fi
case "$1 $2" in
  "-c "*ensurepip*) echo "${FAKE_DESCRIPTION-$DESCRIPTION}" ;;
  "-m venv")
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
    echo "VIRTUAL_ENV=\\"$3\\"" >"$3/bin/activate"
    ;;
  "-m pip")
    if [ "$3" = --version ]; then echo "pip 23"; exit; fi
    echo "pip ${*: -1}" >>"$FAKE_LOG"
    if [ -n "${FAKE_PIP_SLEEPS-}" ]; then exec sleep "$FAKE_PIP_SLEEPS"; fi
    while [ -n "${FAKE_PIP_WAITS_FOR-}" ] && [ ! -e "$FAKE_PIP_WAITS_FOR" ]; do sleep 0.02; done
    if [ -n "${FAKE_PIP_FAILS-}" ]; then echo "ERROR: no such wheel"; exit 1; fi
    echo "Collecting keras==3"
    ;;
  "-m pytest") echo "pytest in $PWD:"; shift 2; printf '<%s>' "$@" ;;
  *main.py*) echo "main in $PWD:"; shift; printf '<%s>' "$@"; echo "${PYTHONPATH-clean}"; exit "${FAKE_STATUS-0}" ;;
esac
"""
)

# Runs start.py as the user that `id` names.
START = """
import os, runpy, subprocess, sys
user = int(subprocess.check_output(["id", "-u"]))
os.geteuid = lambda: user
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass
class Project:
    """A project with nothing in it but what ./run needs, in a folder with a blank in its name."""

    folder: Path
    tools: Path
    log: Path

    def start(self, *arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.folder / "run"), *arguments],
            cwd=cwd or self.folder,
            env={
                "PATH": f"{self.tools}{os.pathsep}/usr/bin{os.pathsep}/bin",
                "HOME": str(self.folder.parent),
                "PYTHON": str(self.tools / "python3.12"),
                "FAKE_LOG": str(self.log),
                "FAKE_START": str(self.tools / "start-as-user.py"),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        started = self.start(*arguments, cwd=cwd, **environment)
        output, errors = started.communicate(timeout=PATIENCE_S)
        return subprocess.CompletedProcess(started.args, started.returncode, output, errors)

    def start_and_wait_for_pip(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a set-up and return when pip has begun."""
        started = self.start(*arguments, **environment)
        end = time.monotonic() + PATIENCE_S
        while not self.log.exists():
            assert started.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        return started

    def tool(self, name: str, script: str) -> None:
        (self.tools / name).write_text(script)
        (self.tools / name).chmod(0o755)

    def calls(self) -> list[str]:
        """What pip and apt-get were asked for since the last time."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return [line.replace(f"{self.folder}/", "") for line in lines]

    def misses(self, *libraries: str, user: str = "1000") -> None:
        """Let the loader miss libraries until apt-get has run."""
        lines = "".join(f"\t{name} => not found (0x0)\\n" for name in libraries)
        self.tool("ldd", f'#!/bin/sh\n[ -e "{self.tools}/installed" ] || printf "{lines}"\n')
        self.tool("apt-get", f'#!/bin/sh\necho "apt-get $*" >>"$FAKE_LOG"\ntouch "{self.tools}/installed"\n')
        self.tool("id", f"#!/bin/sh\necho {user}\n")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "a project", tmp_path / "tools", tmp_path / "log")
    made.folder.mkdir()
    made.tools.mkdir()
    for name in ("run", "start.py"):
        shutil.copy(ROOT / name, made.folder / name)
    for name in ("requirements.lock", "requirements-audit.lock", "requirements-dev.lock", "main.py"):
        (made.folder / name).write_text("keras==3 \\\n    --hash=sha256:00\n")
    made.tool("python3.12", PYTHON)
    (made.tools / "start-as-user.py").write_text(START)
    (tmp_path / ".fonts").mkdir()
    (tmp_path / ".fonts" / "a font.ttf").touch()
    made.misses()
    return made


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.parent.name)
def test_script_is_sound(script: Path) -> None:
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", str(script)], check=True)


def test_first_start_sets_up_and_passes_arguments_on(project: Project, tmp_path: Path) -> None:
    ended = project.run("prune", "a b", "", "*", "--x=ü", cwd=tmp_path, PYTHONPATH="elsewhere")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"main in {tmp_path}:\n<prune><a b><><*><--x=ü>clean\n"
    assert project.calls() == ["pip requirements.lock"]
    assert "Setting up" in ended.stderr


def test_second_start_skips_the_set_up(project: Project) -> None:
    project.run("hello")
    project.calls()
    project.tool("ldd", '#!/bin/sh\necho ldd >>"$FAKE_LOG"\n')
    ended = project.run("hello", FAKE_DESCRIPTION="")  # a Python that was asked would not suit
    assert (ended.returncode, ended.stderr) == (0, "")
    assert project.calls() == []


def test_new_lock_is_installed_into_the_same_environment(project: Project) -> None:
    project.run("hello")
    project.calls()
    (project.folder / ".venv" / "kept").touch()
    (project.folder / "requirements.lock").write_text("keras==4 \\\n    --hash=sha256:00\n")
    assert project.run("hello").returncode == 0
    assert project.calls() == ["pip requirements.lock"]
    assert (project.folder / ".venv" / "kept").exists()


def test_failed_set_up_is_told_and_done_again(project: Project) -> None:
    ended = project.run("hello", FAKE_PIP_FAILS="yes")
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "ERROR: no such wheel" in ended.stderr
    (project.folder / ".venv" / "half").touch()
    assert project.run("hello").returncode == 0
    assert not (project.folder / ".venv" / "half").exists()


def test_interrupted_set_up_is_done_again(project: Project) -> None:
    project.run("hello")
    project.calls()
    (project.folder / ".venv" / "set-up-unfinished").touch()
    (project.folder / ".venv" / "half").touch()
    assert project.run("hello").returncode == 0
    assert not (project.folder / ".venv" / "half").exists()
    assert project.calls() == ["pip requirements.lock"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_set_up_can_be_interrupted(project: Project, number: signal.Signals) -> None:
    started = project.start_and_wait_for_pip("hello", FAKE_PIP_SLEEPS="600")
    project.calls()
    started.send_signal(number)
    output, errors = started.communicate(timeout=PATIENCE_S)
    assert (started.returncode, output) == (130, "")
    assert "was interrupted; the next ./run starts it over." in errors
    assert "Traceback" not in errors
    ended = project.run("hello")
    assert ended.returncode == 0
    assert "unfinished" in ended.stderr
    assert project.calls() == ["pip requirements.lock"]


def second_set_up(project: Project, go_on: Path) -> tuple[int, str]:
    """Start a set-up beside another one, let that one's pip end once this one waits; return its status and errors."""
    second = project.start("hello")
    assert second.stderr is not None
    assert second.stderr.readline() == "Another ./run is setting up; waiting for it.\n"
    go_on.touch()
    _, errors = second.communicate(timeout=PATIENCE_S)
    return second.returncode, errors


def test_second_set_up_waits_for_the_first(project: Project, tmp_path: Path) -> None:
    go_on = tmp_path / "go on"
    first = project.start_and_wait_for_pip("hello", FAKE_PIP_WAITS_FOR=str(go_on))
    assert second_set_up(project, go_on) == (0, "")
    first.communicate(timeout=PATIENCE_S)
    assert first.returncode == 0
    assert project.calls() == ["pip requirements.lock"]


def test_killed_set_up_keeps_the_next_one_waiting_while_pip_lasts(project: Project, tmp_path: Path) -> None:
    go_on = tmp_path / "go on"
    first = project.start_and_wait_for_pip("hello", FAKE_PIP_WAITS_FOR=str(go_on))
    first.kill()
    status, errors = second_set_up(project, go_on)
    first.communicate()
    assert status == 0
    assert "unfinished" in errors


def test_environment_whose_python_is_gone_is_made_again(project: Project) -> None:
    project.run("hello")
    python = project.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(project.tools / "gone")
    ended = project.run("hello")
    assert ended.returncode == 0
    assert "making it again" in ended.stderr


def test_status_of_the_command_is_that_of_run(project: Project) -> None:
    project.run("hello")
    ended = project.run("hello", FAKE_STATUS="7")
    assert (ended.returncode, ended.stderr) == (7, "")


@pytest.mark.parametrize("is_copy", [False, True])
def test_moved_or_copied_environment_is_made_again(project: Project, is_copy: bool) -> None:
    project.run("hello")
    project.calls()
    (project.folder / ".venv" / "old").touch()
    elsewhere = project.folder.with_name("elsewhere")
    if is_copy:
        shutil.copytree(project.folder, elsewhere)
    else:
        project.folder.rename(elsewhere)
    project.folder = elsewhere
    ended = project.run("hello")
    assert ended.returncode == 0
    assert "moved" in ended.stderr
    assert not (elsewhere / ".venv" / "old").exists()


def test_environment_made_by_hand_is_used(project: Project) -> None:
    venv = project.folder / ".venv"
    subprocess.run([str(project.tools / "python3.12"), "-m", "venv", str(venv)], check=True)
    (venv / "by-hand").touch()
    assert project.run("hello").returncode == 0
    assert (venv / "by-hand").exists()
    assert project.calls() == ["pip requirements.lock"]


def test_tests_have_their_own_requirements_which_hold_the_others(project: Project, tmp_path: Path) -> None:
    ended = project.run("test", "-k", "a or b", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"pytest in {project.folder}:\n<-k><a or b>"
    assert project.run("test").stdout.endswith(
        ":\n<-n><auto><--maxprocesses><4><--dist><loadfile><--no-loadscope-reorder><--max-worker-restart><0>"
    )
    assert project.run("hello").returncode == 0
    assert project.calls() == ["pip requirements-dev.lock"]


def test_root_gets_missing_libraries_installed(project: Project) -> None:
    project.misses("libEGL.so.1", "libxcb-cursor.so.0", "libxcb-icccm.so.4", user="0")
    ended = project.run("hello")
    assert ended.returncode == 0, ended.stderr
    assert project.calls()[1:] == [
        "apt-get update -qq",
        "apt-get install -y -qq --no-install-recommends libegl1 libxcb-cursor0 libxcb-icccm4",
    ]
    assert project.run("hello").stderr == ""


def test_others_get_the_exact_line(project: Project) -> None:
    project.misses("libEGL.so.1", "libxkbcommon-x11.so.0")
    for arguments in ((), ("--demo",), ("test",)):
        ended = project.run(*arguments, DISPLAY=":0")
        assert ended.returncode == 1
        assert ended.stdout == ""
        assert "sudo apt-get install -y libegl1 libxkbcommon-x11-0\n" in ended.stderr
    assert not any(call.startswith("apt-get") for call in project.calls())


def test_what_needs_no_window_goes_on_without_its_libraries(project: Project) -> None:
    project.misses("libEGL.so.1")
    for arguments in (("--demo",), ("prune",)):
        ended = project.run(*arguments)
        assert ended.returncode == 0
        assert "sudo apt-get install -y libegl1" in ended.stderr


def test_python_that_cannot_make_environments(project: Project) -> None:
    ended = project.run("hello", FAKE_DESCRIPTION=f"3.12.0 64 {MACHINES[sys.platform]} False")
    assert ended.returncode == 1
    assert "sudo apt-get install -y python3.12-venv" in ended.stderr
    assert not (project.folder / ".venv").exists()


def test_python_that_does_not_suit(project: Project) -> None:
    ended = project.run("hello", FAKE_DESCRIPTION="")
    assert ended.returncode == 1
    assert "3.11, 3.12 or 3.13" in ended.stderr
    assert not (project.folder / ".venv").exists()


def test_root_without_any_python_gets_one(project: Project) -> None:
    alone = without_python(project, user="0")
    (project.tools / "python3.12").rename(project.tools / "python3.12 of apt")
    project.tool(
        "apt-get", f'#!/bin/sh\necho "apt-get $*" >>"$FAKE_LOG"\ncp "{project.tools}/"*apt "{alone}/python3.12"\n'
    )
    (alone / "apt-get").symlink_to(project.tools / "apt-get")
    ended = project.run("hello", PATH=str(alone), PYTHON="")
    assert "Installing system packages: python3 python3-venv" in ended.stderr
    assert ended.returncode == 0, ended.stderr
    assert project.calls() == [
        "apt-get update -qq",
        "apt-get install -y -qq --no-install-recommends python3 python3-venv",
        "pip requirements.lock",
    ]


@pytest.mark.parametrize("has_apt", [False, True])
def test_others_without_any_python_are_told_what_to_install(project: Project, has_apt: bool) -> None:
    alone = without_python(project, user="1000")
    (alone / "python3").write_text("#!/bin/sh\nexit 1\n")  # what macOS and pyenv have in place of a Python
    (alone / "python3").chmod(0o755)
    if has_apt:
        (alone / "apt-get").symlink_to(project.tools / "apt-get")
    ended = project.run("hello", PATH=str(alone), PYTHON="")
    assert ended.returncode == 1
    assert "No suitable Python was found. Install 64-bit Python 3.11, 3.12 or 3.13" in ended.stderr
    assert ("sudo apt-get install -y python3 python3-venv" in ended.stderr) == has_apt
    assert project.calls() == []


def without_python(project: Project, user: str) -> Path:
    """Make a folder for PATH with what the fakes need, and no Python."""
    project.misses(user=user)
    alone = project.tools / "alone"
    alone.mkdir()
    for name in ("bash", "dirname", "mkdir", "cp", "env"):
        (alone / name).symlink_to(str(shutil.which(name)))
    (alone / "id").symlink_to(project.tools / "id")
    return alone
