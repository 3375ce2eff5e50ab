"""start.py with the answers of other systems than the one the tests run on."""

import ast
import os
import re
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.markers import Marker

import start
from start import Environment, Stop, System
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the paths that are expected have slashes")

WINDOWS, MAC, LINUX = "win32", "darwin", "linux"
PYTHONS = {WINDOWS: "3.12.4 64 amd64 True", MAC: "3.12.4 64 arm64 True", LINUX: "3.12.4 64 x86_64 True"}


class Machine(System):
    """A system that has the programs it is given and writes down what it is asked for."""

    def __init__(self, platform: str, programs: dict[str, str], *, is_root: bool = False, **environment: str) -> None:
        super().__init__(platform)
        self.programs = programs  # what each command that starts a Python, or the loader, answers
        self.is_root = is_root
        self.environment = environment
        self.calls: list[str] = []
        self.pip_status = 0

    def which(self, name: str) -> str | None:
        return next((name for command in self.programs if command.split()[0] == name), None)

    def ask(self, command: list[str]) -> str:
        asked = " ".join(command)
        self.calls.append(asked)
        if "pip --version" in asked:
            return "pip 24"
        if "/.venv/" in command[0]:
            return PYTHONS[self.platform]
        return next((answer for name, answer in self.programs.items() if asked.startswith(f"{name} ")), "")

    def do(self, command: list[str], hear: Callable[[str], object]) -> int:
        self.calls.append(" ".join(command))
        if command[-2] == "venv":
            self.make_environment(Path(command[-1]))
        hear("Collecting keras==3")
        return self.pip_status if "install" in command else 0

    def make_environment(self, folder: Path) -> None:
        programs = folder / ("Scripts" if self.is_windows else "bin")
        programs.mkdir(parents=True)
        (programs / ("python.exe" if self.is_windows else "python")).touch(mode=0o755)
        if self.is_windows:
            (programs / "activate.bat").write_text(f'@echo off\r\nset "VIRTUAL_ENV={folder}"\r\n')
            (folder / "pyvenv.cfg").write_text(f"home = {folder.parent / 'Python312'}\r\nversion = 3.12.4\r\n")
        else:
            (programs / "activate").write_text(f"export VIRTUAL_ENV={folder}\n")

    def become(self, command: list[str]) -> int:
        self.calls.append(" ".join(command))
        return 7

    def call(self, command: list[str]) -> int:
        self.calls.append(" ".join(command))
        return 0

    def try_lock(self, file: int) -> bool:
        return True

    def calls_since(self) -> list[str]:
        """What was asked for since the last time, in short."""
        calls, self.calls = self.calls, []
        return [call.replace(start.DESCRIBE, "DESCRIBE") for call in calls]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with what start.py needs, on a system with a font."""
    for name in ("requirements.lock", "requirements-audit.lock", "requirements-dev.lock", "main.py", "start.py"):
        (tmp_path / name).write_text("keras==3 \\\n    --hash=sha256:00\n")
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "a.ttf").touch()
    monkeypatch.setattr(start, "FONT_FOLDERS", [str(tmp_path / "fonts")])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(root: Path, machine: Machine, *arguments: str) -> list[str]:
    """Start, check that the status is the command's, and return what was asked for, without the project's folder."""
    assert start.start([*arguments], Environment(str(root), machine)) == 7
    return [call.replace(f"{root}/", "") for call in machine.calls_since()]


def reason_to_stop(root: Path, machine: Machine, *arguments: str) -> str:
    with pytest.raises(Stop) as stopped:
        start.start([*arguments], Environment(str(root), machine))
    return str(stopped.value)


PIP = (
    "-I -m pip install --require-hashes --only-binary=:all: --no-input --progress-bar off "
    "--disable-pip-version-check --no-warn-script-location -r"
)


def test_windows(root: Path) -> None:
    machine = Machine(WINDOWS, {"py -3.12": PYTHONS[WINDOWS], "ldd": "libEGL.so.1 => not found", "apt-get": ""})
    assert run(root, machine, "--demo") == [
        "py -3.12 -I -c DESCRIBE",
        "py -3.12 -I -m venv .venv",
        f".venv/Scripts/python.exe {PIP} requirements.lock",
        ".venv/Scripts/python.exe main.py --demo",
    ]
    assert run(root, machine, "prune", "a b") == [".venv/Scripts/python.exe main.py prune a b"]


def test_windows_takes_what_the_launcher_has_or_else_python(root: Path) -> None:
    machine = Machine(WINDOWS, {"py -3.11": "3.11.9 64 amd64 True"})
    assert "py -3.11 -I -m venv .venv" in run(root, machine)
    (root / ".venv" / "set-up-unfinished").touch()
    machine = Machine(WINDOWS, {"py -3.12": "", "python": "3.13.0 64 amd64 True"})
    assert "python -I -m venv .venv" in run(root, machine)


def test_windows_sees_that_another_python_lies_where_the_environments_was(root: Path) -> None:
    (root / "Python312").mkdir()
    original = root / "Python312" / "python.exe"
    original.write_text("3.12.4")
    machine = Machine(WINDOWS, {"py -3.12": PYTHONS[WINDOWS]})
    run(root, machine)
    assert len(run(root, machine)) == 1
    original.write_text("3.12.10")
    assert run(root, machine)[2] == f".venv/Scripts/python.exe {PIP} requirements.lock"
    assert len(run(root, machine)) == 1


def test_windows_lints_with_its_own_programs(root: Path) -> None:
    machine = Machine(WINDOWS, {"py -3.12": PYTHONS[WINDOWS]})
    assert start.start(["lint"], Environment(str(root), machine)) == 0
    calls = [call.replace(f"{root}/", "") for call in machine.calls_since()]
    assert calls[2:] == [
        f".venv/Scripts/python.exe {PIP} requirements-dev.lock",
        ".venv/Scripts/ruff format --check",
        ".venv/Scripts/ruff check",
        ".venv/Scripts/mypy",
        ".venv/Scripts/lint-imports",
        ".venv/Scripts/mkdocs build --strict",
    ]


def test_lint_runs_only_the_checks_that_are_named(root: Path) -> None:
    machine = Machine(LINUX, {"python3.12": PYTHONS[LINUX]})
    environment = Environment(str(root), machine)
    assert start.start(["lint", "ruff"], environment) == 0
    assert start.start(["lint", "mypy"], environment) == 0
    checks = [call.removeprefix(f"{root}/.venv/bin/") for call in machine.calls_since()[-3:]]
    assert checks == ["ruff format --check", "ruff check", "mypy"]
    assert "It has: ruff format --check, ruff check, mypy" in reason_to_stop(root, machine, "lint", "pylint")


def test_docs_are_built_by_the_check_of_lint(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(LINUX, {"python3.12": PYTHONS[LINUX]})
    assert start.start(["docs"], Environment(str(root), machine)) == 0
    calls = machine.calls_since()
    assert calls[2].endswith("requirements-dev.lock")
    assert calls[-1] == f"{root}/.venv/bin/mkdocs build --strict"
    assert f"Open {root}/build/docs/index.html" in capsys.readouterr().err


@pytest.mark.parametrize("is_signalled", [False, True])
def test_windows_waits_for_the_command_and_returns_its_status(is_signalled: bool) -> None:
    # Ctrl-C reaches both; the command decides what it means.
    command = "import signal, time; signal.signal(signal.SIGINT, lambda *_: exit(7)); print(flush=True); "
    command += "time.sleep(600)" if is_signalled else "exit(7)"
    program = "import sys, start; sys.exit(start.System('win32').become([sys.executable, '-c', sys.argv[1]]))"
    with subprocess.Popen(
        [sys.executable, "-c", program, command], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    ) as started:
        assert started.stdout is not None
        started.stdout.readline()
        if is_signalled:
            os.killpg(started.pid, signal.SIGINT)
        assert started.wait(timeout=PATIENCE_S) == 7


def test_elsewhere_the_command_takes_the_place_of_this_process() -> None:
    program = (
        "import os, sys, start; print(os.getpid(), flush=True); "
        "start.System().become([sys.executable, '-c', 'import os; print(os.getpid())'])"
    )
    numbers = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT).split()
    assert len(numbers) == 2
    assert numbers[0] == numbers[1]


def test_windows_locks_a_byte_that_nobody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked: list[tuple[int, int, int]] = []

    def locking(file: int, mode: int, count: int) -> None:
        if locked:
            raise PermissionError
        locked.append((os.lseek(file, 0, os.SEEK_CUR), mode, count))

    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(LK_NBLCK=2, locking=locking))
    path = tmp_path / "file"
    path.write_text("some text")
    with path.open("rb") as file:
        assert System(WINDOWS).try_lock(file.fileno())
        assert not System(WINDOWS).try_lock(file.fileno())
    [(position, mode, count)] = locked
    assert position > 10**6
    assert (mode, count) == (2, 1)


def test_mac_looks_in_homebrew(root: Path) -> None:
    machine = Machine(MAC, {"/opt/homebrew/bin/python3.12": PYTHONS[MAC], "ldd": "libEGL.so.1 => not found"})
    assert run(root, machine) == [
        "/opt/homebrew/bin/python3.12 -I -c DESCRIBE",
        "/opt/homebrew/bin/python3.12 -I -m venv .venv",
        f".venv/bin/python {PIP} requirements.lock",
        ".venv/bin/python main.py",
    ]
    assert run(root, machine, "test", "-x") == [
        ".venv/bin/python -I -c DESCRIBE",
        ".venv/bin/python -I -m pip --version",
        f".venv/bin/python {PIP} requirements-dev.lock",
        ".venv/bin/python -m pytest -x",
    ]


def test_tests_keep_what_is_compiled_whatever_the_environment_says(root: Path) -> None:
    machine = Machine(MAC, {"python3.12": PYTHONS[MAC]}, PYTHONDONTWRITEBYTECODE="1", PATH="/usr/bin")
    run(root, machine)
    assert machine.environment == {"PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin"}
    run(root, machine, "test")
    assert machine.environment == {"PATH": "/usr/bin"}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-audit.lock", "requirements-dev.lock"])
@pytest.mark.parametrize(
    ("platform", "wanted"), [(MAC, "tensorflow"), (WINDOWS, "tensorflow-cpu"), (LINUX, "tensorflow-cpu")]
)
def test_lock_has_one_tensorflow_for_each_system(lock: str, platform: str, wanted: str) -> None:
    lines = re.findall(r"^(tensorflow\S*)==\S+(?: ; (.*?))? \\$", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    assert [name for name, marker in lines if not marker or Marker(marker).evaluate({"sys_platform": platform})] == [
        wanted
    ]


@pytest.mark.parametrize(
    ("platform", "answer", "sentence"),
    [
        (WINDOWS, "3.10.11 64 amd64 True", "(only Python 3.10 for amd64). Install one"),
        (WINDOWS, "3.14.0 64 amd64 True", "(only Python 3.14 for amd64). Install one"),
        (WINDOWS, "3.12.4 32 win32 True", "(only 32-bit Python 3.12 for win32). Install one"),
        (WINDOWS, "3.12.4 64 arm64 True", "Python 3.12 for arm64 does not suit: .* exist for amd64 alone."),
        (MAC, "3.9.6 64 arm64 True", "(only Python 3.9 for arm64). Install one"),
        (MAC, "3.12.4 64 x86_64 True", "Python 3.12 for x86_64 does not suit: .* exist for arm64 alone."),
        (LINUX, "3.8.18 64 x86_64 True", "(only Python 3.8 for x86_64). Install one"),
        (LINUX, "3.12.4 64 aarch64 True", "Python 3.12 for aarch64 does not suit: .* exist for x86_64 alone."),
        (LINUX, "3.12.4 64 x86_64 False", "Python 3.12 cannot make virtual environments here. Install one"),
        (LINUX, "nonsense", "No 64-bit Python 3.11, 3.12 or 3.13 was found. Install one"),
    ],
)
def test_python_that_does_not_suit(root: Path, platform: str, answer: str, sentence: str) -> None:
    machine = Machine(platform, {"python3": answer, "python": answer})
    reason = reason_to_stop(root, machine)
    pattern = re.escape(sentence).replace(re.escape(".*"), ".*")
    assert re.search(pattern, reason), reason
    assert ("run.cmd again" in reason) == (platform == WINDOWS and "Install" in reason)
    assert not (root / ".venv").exists()


def test_mac_with_homebrew_is_told_what_to_install(root: Path) -> None:
    reason = reason_to_stop(root, Machine(MAC, {"python3": "3.9.6 64 arm64 True", "brew": ""}))
    assert reason.endswith("Run this, then ./run again:  brew install python@3.12")


def test_chosen_python_is_the_only_one_asked(root: Path) -> None:
    pythons = {"py -3.12": PYTHONS[WINDOWS], "C:/old/python.exe": "3.10.1 64 amd64 True"}
    reason = reason_to_stop(root, Machine(WINDOWS, pythons, PYTHON="C:/old/python.exe"))
    assert "PYTHON=C:/old/python.exe is not a 64-bit Python 3.11, 3.12 or 3.13" in reason
    assert "it is Python 3.10" in reason
    machine = Machine(WINDOWS, {**pythons, "C:/new/python.exe": PYTHONS[WINDOWS]}, PYTHON="C:/new/python.exe")
    assert run(root, machine)[0] == "C:/new/python.exe -I -c DESCRIBE"


def test_python_of_the_environment_itself_is_not_taken(root: Path) -> None:
    # It is found where the user has activated it, and goes with it.
    inside = f"{root}/.venv/bin/python3"
    machine = Machine(LINUX, {inside: PYTHONS[LINUX], "python3": PYTHONS[LINUX]}, PYTHON=inside)
    assert "PYTHON=" in reason_to_stop(root, machine)


def test_environment_that_cannot_be_removed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / ".venv").mkdir()

    def refuse(path: str) -> None:
        raise PermissionError(f"in use: {path}")

    monkeypatch.setattr("shutil.rmtree", refuse)
    machine = Machine(WINDOWS, {"py -3.12": PYTHONS[WINDOWS]})
    assert "Is the application still open?" in reason_to_stop(root, machine)


@pytest.mark.parametrize(
    ("tool", "line"),
    [
        ("apt-get", "sudo apt-get install -y libegl1 libxcb-cursor0 fonts-dejavu-core"),
        ("dnf", "sudo dnf install -y dejavu-sans-fonts 'libEGL.so.1()(64bit)' 'libxcb-cursor.so.0()(64bit)'"),
        ("zypper", "sudo zypper install dejavu-fonts 'libEGL.so.1()(64bit)' 'libxcb-cursor.so.0()(64bit)'"),
        ("pacman", "install, with your system's packages: libEGL.so.1 libxcb-cursor.so.0 and a font"),
    ],
)
def test_linux_without_libraries_and_fonts(
    root: Path, capsys: pytest.CaptureFixture[str], tool: str, line: str
) -> None:
    (root / "fonts" / "a.ttf").unlink()
    missing = "\tlibxcb-cursor.so.0 => not found\n\tlibEGL.so.1 => not found (0x0)\n\tlibc.so.6 => there (0x0)\n"
    programs = {"python3.12": PYTHONS[LINUX], "ldd": missing, tool: ""}
    assert reason_to_stop(root, Machine(LINUX, programs, DISPLAY=":0")).endswith(f"./run again:  {line}")
    capsys.readouterr()
    run(root, Machine(LINUX, programs))
    assert f"(The window would miss system libraries; for it, run:  {line})" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libEGL.so.1", "libegl1"),
        ("libGL.so.1", "libgl1"),
        ("libGLX.so.0", "libgl1"),
        ("libGLdispatch.so.0", "libglvnd0"),
        ("libOpenGL.so.0", "libopengl0"),
        ("libX11.so.6", "libx11-6"),
        ("libX11-xcb.so.1", "libx11-xcb1"),
        ("libdbus-1.so.3", "libdbus-1-3"),
        ("libfontconfig.so.1", "libfontconfig1"),
        ("libfreetype.so.6", "libfreetype6"),
        ("libglib-2.0.so.0", "libglib2.0-0"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
        ("libxkbcommon.so.0", "libxkbcommon0"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
        ("libxcb.so.1", "libxcb1"),
        ("libxcb-icccm.so.4", "libxcb-icccm4"),
        ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
        ("libxcb-render-util.so.0", "libxcb-render-util0"),
        ("libxcb-util.so.1", "libxcb-util1"),
        ("libz.so.1", "zlib1g"),
        ("libstdc++.so.6", "libstdc++6"),
    ],
)
def test_debian_names_its_packages(library: str, package: str) -> None:
    assert start.debian_package(library) == package


def test_old_python_can_read_it() -> None:
    # One that is too old for the application runs start.py, and is told so.
    ast.parse((ROOT / "start.py").read_text("utf-8"), feature_version=(3, 8))


def test_ready_start_imports_next_to_nothing(root: Path) -> None:
    program = "import sys; before = {*sys.modules}; import start; print(*sorted({*sys.modules} - before))"
    loaded = subprocess.check_output(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {program}"], text=True
    )
    assert not {"typing", "pathlib", "subprocess", "shutil", "argparse", "dataclasses"} & {*loaded.split()}


def test_windows_starter_has_its_line_endings_and_passes_arguments_and_status() -> None:
    content = (ROOT / "run.cmd").read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n") > 0
    lines = content.decode("ascii").splitlines()
    assert lines[-2:] == ['%STARTER% -I -S "%~dp0start.py" %*', "exit /b %errorlevel%"]
