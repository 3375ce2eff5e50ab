"""Whether the sandbox changes what is read, and what it costs.

Run from the project's root:  .venv/bin/python tests/benchmarks/sandbox.py FOLDER...

Each file in the folders is read as each kind, in a process that locks itself and in one that does not; answers and
arrays must be the same. Exit status 1 if one differs. Linux and macOS only: the processes are forks.
"""

import argparse
import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from core.intake.__main__ import _read  # noqa: E402
from core.intake.limits import Limits  # noqa: E402
from core.intake.readers.preload import preloaded  # noqa: E402
from core.intake.refusal import Refusal  # noqa: E402
from core.intake.sandbox.lock import lock, offered  # noqa: E402

KINDS = ("model", "data", "images", "image", "results")


def outcome(kind: str, path: Path, *, is_locked: bool) -> dict[str, Any]:
    """Read a file in a fork; return the verdict, the arrays' digest and the seconds that locking took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        listen, tell = os.pipe()
        process = os.fork()
        if process == 0:
            told = verdict(kind, path, folder, is_locked=is_locked)
            os.write(tell, json.dumps(told).encode())
            os._exit(0)
        os.close(tell)
        with os.fdopen(listen, "rb") as pipe:
            content = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        told = json.loads(content) if content else {"verdict": f"ended with {status}", "lock_s": None}
        digest = hashlib.sha256()
        for file in sorted(folder.iterdir()):
            digest.update(file.name.encode() + file.read_bytes())
        return {**told, "arrays": digest.hexdigest()}


def verdict(kind: str, path: Path, folder: Path, *, is_locked: bool) -> dict[str, Any]:
    """Read a file in this process, locked or not."""
    took_s = None

    def lock_now() -> None:
        nonlocal took_s
        begin_s = time.perf_counter()
        lock(folder, memory_bytes=Limits().memory_bytes)
        took_s = time.perf_counter() - begin_s

    try:
        answer = _read(kind, path, folder, Limits(), on_ready=lock_now if is_locked else lambda: None)
        found = f"read {hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()}"
    except Refusal as refusal:
        found = f"{refusal.code}: {refusal}"
    except Exception as error:  # noqa: BLE001 - whatever it is, it must be the same with and without the lock
        found = f"{type(error).__name__}: {error}"
    return {"verdict": found, "lock_s": took_s}


def main() -> int:
    """Compare all files; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    paths = sorted({path for folder in parser.parse_args().folders for path in folder.rglob("*") if path.is_file()})
    for kind in KINDS:
        preloaded(kind)
    print(f"sandbox: {offered().sentence}; {len(paths)} files as {len(KINDS)} kinds")
    different, lock_s, verdicts = [], [], Counter[str]()
    for path in paths:
        for kind in KINDS:
            plain, locked = outcome(kind, path, is_locked=False), outcome(kind, path, is_locked=True)
            lock_s += [locked.pop("lock_s")] if locked["lock_s"] is not None else []
            del plain["lock_s"]
            locked.pop("lock_s", None)
            verdicts[plain["verdict"].partition(":")[0].split()[0]] += 1
            if plain != locked:
                different.append(f"{path} as {kind}: {plain['verdict']} is {locked['verdict']} under lock")
    print(", ".join(f"{count} {code}" for code, count in verdicts.most_common()))
    print(f"locking takes {statistics.median(lock_s) * 1e3:.2f} ms (median), {max(lock_s) * 1e3:.2f} ms at most")
    print(*different, f"{len(different)} of {sum(verdicts.values())} verdicts differ", sep="\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
