"""Set Backdoor Inspector up once, then start it: what `run` (Linux, macOS) and `run.cmd` (Windows) call.

This needs nothing but the standard library of Python 3.8 or newer: a Python that is too old for the application can
run this file, which then looks for another one. Everything that depends on the system is asked of `System`. When all
is set up, the only other interpreter started is the application's, and as little as possible is imported: paths are
strings for that reason, and modules are imported where they are used.

It is one file, longer than others may be: it runs isolated (`python -I -S`), where nothing beside it can be imported,
and the set-up locks it.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing typing takes longer than everything else that is done when all is set up
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

ROOT = os.path.dirname(os.path.realpath(__file__))
LOCK = "requirements.lock"
AUDIT_LOCK = "requirements-audit.lock"  # contains the first one, version by version
DEV_LOCK = "requirements-dev.lock"  # contains both
INTERRUPTED = 130

VERSIONS = ("3.12", "3.13", "3.11")  # the first one found is taken
WANTED = "64-bit Python 3.11, 3.12 or 3.13"
MACHINES = {"linux": "x86_64", "darwin": "arm64", "win32": "amd64"}  # what the pinned packages are built for
MAC_FOLDERS = ("/opt/homebrew/bin", "/usr/local/bin")  # Homebrew and python.org; they may be missing from PATH

# Another Python's settings would reach into ours.
UNWANTED = {"PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV"}


class Stop(Exception):  # noqa: N818  # a sentence for the user, not a fault of the program
    """It cannot go on; the text says why, and what the user can do."""


def say(text: str) -> None:
    """Tell the user what is being done, on stderr: stdout belongs to the command."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class System:
    """What this file asks the system; tests put in another system's answers."""

    def __init__(self, platform: str = sys.platform) -> None:
        self.platform = platform
        self.is_windows = platform == "win32"
        self.is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        self.environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
        self.command = r".\run.cmd" if self.is_windows else "./run"  # what the user types

    def which(self, name: str) -> str | None:
        """Return where a program is, or None."""
        import shutil

        return shutil.which(name, path=self.environment.get("PATH"))

    def ask(self, command: list[str]) -> str:
        """Return what a program prints; nothing where it cannot be started."""
        import subprocess as s

        try:
            ended = s.run(command, env=self.environment, stdin=s.DEVNULL, stdout=s.PIPE, stderr=s.DEVNULL, check=False)
        except OSError:
            return ""
        return ended.stdout.decode("utf-8", "replace")

    def do(self, command: list[str], hear: Callable[[str], object]) -> int:
        """Run a program, pass on each line that it prints, and return its exit status."""
        import subprocess as s

        # On POSIX pip inherits the lock, so that no other set-up begins while it outlives one that was killed.
        env, close = self.environment, self.is_windows
        with s.Popen(command, env=env, stdin=s.DEVNULL, stdout=s.PIPE, stderr=s.STDOUT, close_fds=close) as program:
            try:
                for line in program.stdout or ():
                    hear(line.decode("utf-8", "replace").rstrip())
            except BaseException:
                program.terminate()
                raise
        return program.returncode

    def call(self, command: list[str]) -> int:
        """Run a program that has the terminal, and return its exit status."""
        import subprocess

        return subprocess.call(command, env=self.environment)

    def become(self, command: list[str]) -> int:
        """Let a program take the place of this one; on Windows, run it and return its exit status."""
        if not self.is_windows:
            os.execve(command[0], command, self.environment)
        import signal

        signal.signal(signal.SIGINT, lambda _number, _frame: None)  # Ctrl-C reaches the program too, which decides
        return self.call(command)

    def try_lock(self, file: int) -> bool:
        """Lock an open file unless another process holds it; where files cannot be locked, go on without."""
        from importlib import import_module

        try:
            if self.is_windows:
                msvcrt = import_module("msvcrt")
                os.lseek(file, 1 << 30, os.SEEK_SET)  # behind the end: nobody can read what is locked
                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            else:
                fcntl = import_module("fcntl")
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        except OSError:
            return True
        return True

    def can_install(self) -> bool:
        """Whether this is root on a system with apt-get."""
        return self.platform == "linux" and self.is_root and self.which("apt-get") is not None

    def install(self, packages: list[str]) -> None:
        """Install Debian packages."""
        say(f"Installing system packages: {' '.join(packages)}")
        lines: list[str] = []
        apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
        # Without fresh lists the packages may still be known; only the installation has to succeed.
        self.do([*apt, "update", "-qq"], lines.append)
        if self.do([*apt, "install", "-y", "-qq", "--no-install-recommends", *packages], lines.append) != 0:
            say("\n".join(lines[-5:]))
            line = f"apt-get install -y {' '.join(packages)}"
            raise Stop(f"apt-get could not install them. Run this, then {self.command} again:  {line}")


# ---- Python --------------------------------------------------------------------------------------------------------

# Runs in any Python 3, and has no double quotes, which Windows would need escaped.
DESCRIBE = (
    "import importlib.util as u, platform as p, struct, sys, sysconfig as s; "
    "m = p.machine() if sys.platform == 'darwin' else s.get_platform().split('-')[-1]; "
    "print(p.python_version(), struct.calcsize('P') * 8, m, all(map(u.find_spec, ('venv', 'ensurepip'))))"
)


class Python:
    """A Python that runs here, and what it says about itself."""

    def __init__(self, command: list[str], description: str, platform: str) -> None:
        self.command = command
        self.full_version, bits, machine, can_make_environments = description.split()
        self.version = ".".join(self.full_version.split(".")[:2])
        self.name = f"{'32-bit ' if bits == '32' else ''}Python {self.version} for {machine}"
        self.is_wanted = self.version in VERSIONS and bits == "64"
        self.has_packages = self.is_wanted and machine == MACHINES.get(platform, machine)
        self.suits = self.has_packages and can_make_environments == "True"


def describe(system: System, command: list[str]) -> Python | None:
    """Return what a Python says about itself, or None where it is not one."""
    try:
        return Python(command, system.ask([*command, "-I", "-c", DESCRIBE]), system.platform)
    except ValueError:
        return None


def candidates(system: System) -> list[list[str]]:
    """Return the commands that may start a suitable Python, best first."""
    if system.environment.get("PYTHON"):
        return [[system.environment["PYTHON"]]]
    commands = [["py", f"-{version}"] for version in VERSIONS] if system.is_windows else []
    commands += [[f"python{version}"] for version in VERSIONS]
    if system.platform == "darwin":
        commands += [[f"{folder}/python{version}"] for version in VERSIONS for folder in MAC_FOLDERS]
    commands += [["python3"], ["python"]]
    if not system.is_windows:
        commands += [["/usr/bin/python3"], ["/usr/local/bin/python3"]]
    return [*commands, [sys.executable]]


def find_pythons(system: System, *, outside: str) -> list[Python]:
    """Return the Pythons outside a folder, up to the first that suits."""
    found: list[Python] = []
    for command in candidates(system):
        path = system.which(command[0])
        python = describe(system, command) if path and not path.startswith(outside + os.sep) else None
        found += [python] if python else []
        if python and python.suits:
            break
    return found


def require_python(system: System, *, outside: str) -> Python:
    """Return a suitable Python, which root gets installed; stop where there is none."""
    found = find_pythons(system, outside=outside)
    # One that lacks at most venv and ensurepip, which Debian has in a package of their own.
    incomplete = next((each for each in found if each.has_packages), None)
    foreign = next((each for each in found if each.is_wanted and not each.has_packages), None)
    if foreign and not incomplete:
        built = MACHINES[system.platform]
        raise Stop(f"{foreign.name} does not suit: on this system, the packages needed exist for {built} alone.")
    chosen = system.environment.get("PYTHON")
    packages = [f"python{incomplete.version}-venv"] if incomplete else ["python3", "python3-venv"]
    can_install = system.can_install() and (incomplete or not chosen)
    if can_install and not (found and found[-1].suits):
        system.install(packages)
        found = find_pythons(system, outside=outside)
    if found and found[-1].suits:
        return found[-1]

    names = ", ".join(sorted({each.name for each in found}))
    if incomplete:
        reason = f"Python {incomplete.version} cannot make virtual environments here."
    elif chosen:
        raise Stop(f"PYTHON={chosen} is not a {WANTED} that runs here{f': it is {names}' if names else ''}.")
    else:
        reason = f"No {WANTED} was found{f' (only {names})' if names else ''}."
    line = f"brew install python@{VERSIONS[0]}" if system.which("brew") else ""
    if system.which("apt-get"):
        line = f"sudo apt-get install -y {' '.join(packages)}"
    if line and not can_install:
        raise Stop(f"{reason} Run this, then {system.command} again:  {line}")
    raise Stop(f"{reason} Install one (https://www.python.org), then {system.command} again.")


# ---- the environment -----------------------------------------------------------------------------------------------


class Environment:
    """The virtual environment in .venv, complete or still to be made."""

    def __init__(self, root: str, system: System) -> None:
        self.root = root
        self.system = system
        self.folder = os.path.join(root, ".venv")
        self.programs = os.path.join(self.folder, "Scripts" if system.is_windows else "bin")
        self.python = os.path.join(self.programs, "python.exe" if system.is_windows else "python")
        self._unfinished = os.path.join(self.folder, "set-up-unfinished")

    def mark(self, name: str) -> str:
        """Return the file which notes that something is ready."""
        return os.path.join(self.folder, f"ready-{name}")

    def require(self, lock: str) -> None:
        """Install what a lock file names, unless that is done already."""
        if self._is_ready(lock):
            return
        import time

        file = os.open(os.path.join(self.root, "start.py"), os.O_RDONLY)
        os.set_inheritable(file, not self.system.is_windows)
        try:
            if not self.system.try_lock(file):
                say(f"Another {self.system.command} is setting up; waiting for it.")
                while not self.system.try_lock(file):
                    time.sleep(0.2)
            if not self._is_ready(lock):
                self._set_up(lock)
        finally:
            os.close(file)

    def _is_ready(self, lock: str) -> bool:
        try:
            return _read(self.mark(lock)) == self._stamp(lock) and not os.path.exists(self._unfinished)
        except OSError:
            return False

    def _stamp(self, lock: str) -> str:
        """Return what has to be unchanged for the environment to be used as it is."""
        from zlib import crc32

        python = self.python  # a link to the Python that made the environment; on Windows a copy, whose original counts
        if self.system.is_windows:
            lines = _read(os.path.join(self.folder, "pyvenv.cfg")).splitlines()
            homes = [line.partition("=")[2].strip() for line in lines if line.startswith("home ")]
            originals = [os.path.join(home, "python.exe") for home in homes]
            python = next(filter(os.path.isfile, originals), python)
        made_with = os.stat(python)
        text = _read(os.path.join(self.root, lock))
        numbers = (made_with.st_size, made_with.st_mtime_ns, len(text), crc32(text.encode("utf-8", "surrogateescape")))
        return "\n".join(["2", self.folder, *map(str, numbers), ""])

    def _set_up(self, lock: str) -> None:
        import signal

        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            if not self._is_sound():
                self._make()
            self._install(lock)
        except KeyboardInterrupt:
            say(f"\nThe set-up was interrupted; the next {self.system.command} starts it over.")
            raise
        finally:
            signal.signal(signal.SIGTERM, before)

    def _is_sound(self) -> bool:
        """Whether it can be built upon: complete, made in this very place, of a Python that suits."""
        if not os.access(self.python, os.X_OK) or os.path.exists(self._unfinished):
            return False
        try:
            lines = _read(os.path.join(self.programs, "activate.bat" if self.system.is_windows else "activate"))
        except OSError:
            return False
        places = [line.partition("VIRTUAL_ENV=")[2].strip("'\"") for line in lines.splitlines()]
        if os.path.normcase(self.folder) not in map(os.path.normcase, places):
            return False
        python = describe(self.system, [self.python])
        has_pip = self.system.ask([self.python, "-I", "-m", "pip", "--version"]).startswith("pip ")
        return python is not None and python.has_packages and has_pip

    def _make(self) -> None:
        python = require_python(self.system, outside=self.folder)
        if os.path.lexists(self.folder):
            say("The environment in .venv is unfinished, moved or of another Python; making it again.")
            self._remove()
        say(f"Setting up (this once): Python {python.full_version}, environment in .venv")
        os.mkdir(self.folder)
        _write(self._unfinished, "")
        lines: list[str] = []
        if self.system.do([*python.command, "-I", "-m", "venv", self.folder], lines.append) != 0:
            say("\n".join(lines[-5:]))
            raise Stop(f"The virtual environment could not be made with {' '.join(python.command)}.")

    def _remove(self) -> None:
        import shutil

        try:
            if os.path.isdir(self.folder) and not os.path.islink(self.folder):
                shutil.rmtree(self.folder)
            else:
                os.remove(self.folder)
        except OSError as error:
            raise Stop(f"The old environment could not be removed. Is the application still open? {error}") from error

    def _install(self, lock: str) -> None:
        _write(self._unfinished, "")
        for name in os.listdir(self.folder):
            if name.startswith("ready-"):
                os.remove(os.path.join(self.folder, name))
        path = os.path.join(self.root, lock)
        package_count = sum(line[:1].isalnum() for line in _read(path).splitlines())
        say(f"Installing what {lock} names (some 400 MB to fetch the first time: a few minutes)")
        # Hashes make sure that what comes is what was tested, wheels that nothing runs while installing.
        command = [self.python, "-I", "-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "--no-input"]
        command += ["--progress-bar", "off", "--disable-pip-version-check", "--no-warn-script-location", "-r", path]
        log = os.path.join(self.folder, "set-up.log")
        with open(log, "w", encoding="utf-8") as file:
            progress = Progress(package_count, file)
            status = self.system.do(command, progress.hear)
        progress.show("")
        if status != 0:
            errors = [line for line in progress.lines if line.lstrip().startswith("ERROR")]
            say("\n".join(errors or progress.lines[-5:]))
            again = f"The next {self.system.command} starts over."
            raise Stop(f"The requirements could not be installed; all that pip said is in {log}. {again}")
        os.remove(self._unfinished)
        for name in {LOCK, lock, AUDIT_LOCK if lock == DEV_LOCK else lock}:
            _write(self.mark(name), self._stamp(name))


class Progress:
    """Shows pip's output as a single line that changes on a terminal, and as one line elsewhere."""

    def __init__(self, package_count: int, log: TextIO) -> None:
        self.lines: list[str] = []
        self._log = log
        self._package_count = package_count
        self._count = 0

    def hear(self, line: str) -> None:
        """Keep a line of pip's and show what it means."""
        self.lines.append(line)
        self._log.write(line + "\n")
        for beginning in ("Collecting ", "Requirement already satisfied: "):
            if line.startswith(beginning):
                self._count += 1
                name = line[len(beginning) :].replace("=", " ").split()[0]
                self.show(f"  {self._count} of at most {self._package_count}: {name}")
        if line.startswith("Installing collected packages"):
            self.show("")
            say("  downloaded; installing")

    def show(self, text: str) -> None:
        """Let the terminal's line be this text."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{text:<70}" if text else f"\r{'':<70}\r")
            sys.stderr.flush()


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)


# ---- the system libraries that Qt needs on Linux -------------------------------------------------------------------

# What Debian does not name by its rule: lower case, the version behind it, a dash between two digits.
DEBIAN_PACKAGES = {
    "libGLX": "libgl1",
    "libGLdispatch": "libglvnd0",
    "libglib-2.0": "libglib2.0-0",
    "libgthread-2.0": "libglib2.0-0",
    "libz": "zlib1g",
}
FONT_FOLDERS = ["/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts"]
FONT_ENDINGS = (".ttf", ".otf", ".ttc", ".pfa", ".pfb")


def debian_package(library: str) -> str:
    """Return the package that contains a library, which is named as the loader names it."""
    name, _, version = library.partition(".so.")
    dash = "-" if name[-1:].isdigit() else ""
    return DEBIAN_PACKAGES.get(name, f"{name.lower()}{dash}{version}")


def missing_libraries(environment: Environment) -> list[str]:
    """Return the libraries that the loader does not find for Qt's screen and no-screen plugins."""
    folder = os.path.join(environment.folder, "lib")
    pythons = [name for name in os.listdir(folder) if name.startswith("python3")] if os.path.isdir(folder) else []
    qt = os.path.join(folder, *pythons[:1], "site-packages", "PySide6", "Qt")
    names = ("plugins/platforms/libqxcb.so", "plugins/platforms/libqoffscreen.so", "lib/libQt6Widgets.so.6")
    answer = environment.system.ask(["ldd", *(os.path.join(qt, name) for name in names)])
    return sorted({line.split()[0] for line in answer.splitlines() if "=> not found" in line})


def has_font(home: str) -> bool:
    """Whether the system has a font for Qt."""
    folders = [folder.replace("~", home) for folder in FONT_FOLDERS]
    files = (name for folder in folders for _, _, names in os.walk(folder, followlinks=True) for name in names)
    return any(name.lower().endswith(FONT_ENDINGS) for name in files)


def require_libraries(environment: Environment, *, is_needed: bool) -> None:
    """Once a set-up: install what is missing (root with apt-get), or name it with the line that installs it."""
    system, mark = environment.system, environment.mark("libraries")
    if system.platform != "linux" or os.path.exists(mark) or not system.which("ldd"):
        return
    libraries = missing_libraries(environment)
    fonts = [] if has_font(system.environment.get("HOME", "/")) else ["fonts-dejavu-core"]
    packages = sorted({debian_package(each) for each in libraries}) + fonts
    if packages and system.can_install():
        system.install(packages)
        libraries = missing_libraries(environment)
        if libraries:
            raise Stop(f"Qt still misses: {' '.join(libraries)}")
        packages = []
    if not packages:
        _write(mark, "")
        return
    provided = " ".join(f"'{each}()(64bit)'" for each in libraries)
    if system.which("apt-get"):
        line = f"sudo apt-get install -y {' '.join(packages)}"
    elif system.which("dnf"):
        line = f"sudo dnf install -y dejavu-sans-fonts {provided}"
    elif system.which("zypper"):
        line = f"sudo zypper install dejavu-fonts {provided}"
    else:
        line = f"install, with your system's packages: {' '.join([*libraries, 'and a font'])}"
    if is_needed:
        again = f"Run this, then {system.command} again"
        raise Stop(f"Qt, which draws the window, misses system libraries. {again}:  {line}")
    say(f"(The window would miss system libraries; for it, run:  {line})")


# ---- what to do ----------------------------------------------------------------------------------------------------


def has_display(system: System) -> bool:
    """Whether a window can be shown; Windows and macOS always have a screen."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return system.platform != "linux" or any(system.environment.get(name) for name in names)


# With --quiet, mkdocs counts no warnings: --strict would pass.
CHECKS = ("ruff format --check", "ruff check", "mypy", "lint-imports", "mkdocs build --strict")
# All tests go to four workers at most, one for each core and one more (tests/conftest.py): a worker takes some 2 GB.
# Files stay whole, as they share set-ups, in the order of tests/conftest.py; after the start of a new worker for a
# crashed one, pytest-xdist would then wait for ever.
TEST_OPTIONS = "-n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --max-worker-restart 0"
FOR_DEVELOPERS = ("test", "lint", "docs")  # need the development requirements


def lint(environment: Environment, wanted: list[str]) -> int:
    """Check format, style, types, import contracts and documentation, each of them even where another one fails.

    Words after `lint` choose the checks that begin with them: `./run lint mypy`, `./run lint ruff check`.
    """
    checks = [check for check in CHECKS if check.startswith(" ".join(wanted))]
    if not checks:
        raise Stop(f"lint has no check {' '.join(wanted)}. It has: {', '.join(CHECKS)}.")
    environment.system.environment["NO_MKDOCS_2_WARNING"] = "1"  # an advertisement, not a finding
    status = 0
    for check in checks:
        say(f"== {check}")
        program, *options = check.split()
        status |= environment.system.call([os.path.join(environment.programs, program), *options])
    if status != 0:
        raise Stop("lint: correct what is reported above.")
    return 0


def start(arguments: list[str], environment: Environment) -> int:
    """Set up what the arguments need, then do what they say, and return the exit status."""
    system, word = environment.system, arguments[0] if arguments else ""
    is_window = arguments in ([], ["--demo"]) and has_display(system)
    environment.require(DEV_LOCK if word in FOR_DEVELOPERS else AUDIT_LOCK if word == "audit" else LOCK)
    require_libraries(environment, is_needed=is_window or word == "test")
    if word not in FOR_DEVELOPERS:
        return system.become([environment.python, os.path.join(environment.root, "main.py"), *arguments])
    os.chdir(environment.root)
    if word == "lint":
        return lint(environment, arguments[1:])
    if word == "docs":
        lint(environment, ["mkdocs"])
        say(f"Open {os.path.join(environment.root, 'build', 'docs', 'index.html')} in a browser.")
        return 0
    # All that the tests start would compile all modules anew.
    system.environment.pop("PYTHONDONTWRITEBYTECODE", None)
    options = arguments[1:] or TEST_OPTIONS.split()
    return system.become([environment.python, "-m", "pytest", *options])


def main(arguments: list[str]) -> int:
    """Do what the arguments say and return the exit status."""
    try:
        return start(arguments, Environment(ROOT, System()))
    except Stop as reason:
        say(str(reason))
    except OSError as error:
        say(f"Backdoor Inspector could not be set up or started: {error}")
    except KeyboardInterrupt:
        return INTERRUPTED
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
