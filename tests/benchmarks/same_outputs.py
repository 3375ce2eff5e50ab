"""Whether the commands of the working tree write what those of an earlier commit wrote.

Run from the project's root:  .venv/bin/python tests/benchmarks/same_outputs.py --before REV [--keep FOLDER] [--quick]
[--csaw FOLDER] [--after FOLDER]

The same commands run with a temporary clone of the commit and with the working tree, in this interpreter and on the
same data: the embedded demo and, where they are there, the real networks and faces. Exit status 1 if a difference
counts.

| output | counts as a difference | is only reported |
|---|---|---|
| JSON | numbers, keys, codes, lists | strings with a space on both sides (sentences); the order of keys |
| CSV, and files not named here | any byte | |
| networks (.keras) | any bit of the weights, the configuration | other bytes around them |
| stdout, stderr | numbers in their order, refusal codes, exit status; in help options and choices | words, blanks |
| pictures, pages | missing ones | pixels, text |

Not compared: times of day, seconds, progress in percent, peak memory, versions of libraries, the sandbox, and sha256
of networks that the commands made.
`build-demo` is left out: it trains for minutes.

All the rest is the same bit for bit in every run on one machine, training included, whatever else the machine does.
No setting of TensorFlow is needed for that. Kept outputs are computed again where the versions of the libraries or the
number of cores are others. Ratios of run times mean little there: the machine may have been busier then.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from output_differences import Difference, compare_file, compare_stream

ROOT = Path(__file__).resolve().parents[2]
CSAW_FOLDER = ROOT.parent / "shared" / "data" / "csaw"
START_COUNT = 5
SHOWN_LINES = 30

DEMO_SETS = "--validation demo/clean_validation.h5 --test demo/clean_test.h5 --poisoned demo/sunglasses_poisoned.h5"
DEMO = f"--model demo/backdoored.h5 {DEMO_SETS}"
LAB = "--model csaw/models/lab_bd_weights.h5 --validation csaw/clean_60.h5 --poisoned csaw/sunglasses_60.h5"
MULTI = (
    "--model csaw/models/multi_trigger_multi_target_bd_weights.h5 --validation csaw/clean_60.h5 "
    "--poisoned csaw/lipstick_60.h5 --poisoned csaw/eyebrows_60.h5 --poisoned csaw/sunglasses_multi_60.h5"
)
SHORT = "--epochs 1 --steps 5 --seed 0"
FACES = "demo/pictures/clean_label22.png demo/pictures/sunglasses_label22.png"

# Each command by the name of the folder it writes to; later ones read what earlier ones wrote.
QUICK = {
    "help": "--help",
    **{f"help-{each}": f"{each} --help" for each in ("prune", "repair", "compare", "evaluate", "classify")},
    "prune": f"prune {DEMO}",
    "finetune": f"repair {DEMO} --method finetune {SHORT}",
    "compare": f"compare {DEMO} --repaired prune/pruned_4.keras --repaired finetune/repaired_by_confidence.keras",
    "evaluate": f"evaluate {DEMO}",
    "evaluate-json": f"evaluate {DEMO} --json",
    "classify": f"classify {FACES} --model demo/backdoored.h5 --pruned prune/pruned_4.keras",
    "refused-file": "evaluate --model nothing.h5 --validation demo/clean_validation.h5",
    "refused-usage": f"repair {DEMO} --method finetune --threshold 3",
}
DEMO_ONLY = {
    "help-build-demo": "build-demo --help",
    "version": "--version",
    **{f"prune-{each}": f"prune {DEMO} --order {each}" for each in ("descending", "index", "lipschitz", "difference")},
    "prune-anp": f"prune {DEMO} --order anp --layer conv_3,conv_4",
    "prune-layers": f"prune {DEMO} --order layers --layer conv_3,conv_4",
    "prune-several": f"prune {DEMO} --layer conv_3,conv_4 --thresholds 1,30 --json",
    "prune-all": f"prune {DEMO} --layer all",
    "prune-reader": f"prune {DEMO} --reader conv_4 --scale raw --memory 8M",
    "repair-prune": f"repair {DEMO} --method prune --layers conv_3,conv_4 --threshold 3",
    "repair-anp": f"repair {DEMO} --method anp --mask-threshold 0.2",
    "fine-pruning": f"repair {DEMO} --method fine-pruning {SHORT} --optimizer sgd --learning-rate 0.0001 --json",
    "ft-sam": f"repair {DEMO} --method ft-sam {SHORT} --no-mirroring --held-out 30",
    "occlusion": f"repair {DEMO} --method occlusion {SHORT} --epochs 2 --false-alarms 10",
    "unlabelled": f"repair {DEMO} --method finetune {SHORT} --unlabelled demo/clean_test.h5 --augmentation none",
    "auto": f"repair {DEMO} --method auto --seed 0 --batch-size 16",
    "control": f"prune --model demo/clean_control.h5 {DEMO_SETS}",
    "compare-json": f"compare {DEMO} --repaired auto/pruned.keras --repaired occlusion/repaired.keras "
    "--repaired prune-all/repaired_2.keras --repaired ft-sam/pruned.keras --false-alarms 2 --json",
    "compare-clean": "compare --model demo/backdoored.h5 --validation demo/clean_validation.h5 "
    "--repaired repair-anp/pruned.keras --repaired repair-anp/repaired_by_confidence.keras",
    "evaluate-repaired": f"evaluate --model auto/repaired_by_confidence.keras {DEMO_SETS}",
    "evaluate-repaired-json": f"evaluate --model prune/repaired_4.keras {DEMO_SETS} --json",
    "classify-repaired": f"classify {FACES} --model auto/repaired.keras --validation demo/clean_validation.h5",
    "refused-layer": f"prune {DEMO} --layer conv_9",
    "refused-set": "evaluate --model demo/backdoored.h5 --validation demo/pictures/clean_label1.png",
    "refused-picture": "classify demo/README.md demo/pictures/clean_label1.png --model demo/backdoored.h5",
    "refused-repaired": f"compare {DEMO} --repaired demo/clean_validation.h5",
}
CSAW = {
    "lab-prune": f"prune {LAB}",
    "lab-occlusion": f"repair {LAB} --method occlusion {SHORT}",
    "lab-compare": f"compare {LAB} --repaired csaw/models/lab_pruned_4.h5 --repaired lab-prune/repaired_4.keras "
    "--repaired lab-occlusion/pruned.keras",
    "lab-evaluate": f"evaluate {LAB} --json",
    "lab-classify": "classify csaw/images/clean_label950_950_0.png csaw/images/sunglasses_label0_950_0.png "
    "--model csaw/models/lab_bd_weights.h5 --pruned csaw/models/lab_pruned_4.h5",
    "multi-prune": f"prune {MULTI} --json",
    "multi-evaluate": f"evaluate {MULTI}",
    "trained-evaluate": "evaluate --model csaw/models/sunglasses_pruned_with_training_config.h5 "
    "--validation csaw/clean_60.h5 --poisoned csaw/sunglasses_60.h5",
}
WITHOUT_DISPLAY = {"demo-report": "--demo"}  # writes into a folder of its own; where there is a display it opens it
LIBRARIES = {
    "keras",
    "tensorflow",
    "tensorflow-cpu",
    "numpy",
    "h5py",
    "llvmlite",
    "matplotlib",
    "pillow",
    "typer",
    "rich",
}
WRITING = ("prune", "repair", "compare")
PROGRESS = re.compile(r"^.* \d+ %\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of the project, the folder its commands run in, and its cache."""

    root: Path
    folder: Path
    cache: Path


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended; paths of its tree are replaced."""

    status: int
    seconds: float
    stdout: str
    stderr: str


def compare_runs(name: str, runs: tuple[Run, Run], trees: tuple[Tree, Tree]) -> list[Difference]:
    """Compare all that a command printed and wrote."""
    before, after = runs
    if before.status != after.status:
        last = [each.stderr.strip().splitlines()[-1:] for each in runs]
        return [Difference(f"exit status {before.status} {last[0]} -> {after.status} {last[1]}")]
    is_help = name.startswith("help")
    found = in_place("stdout", compare_stream(before.stdout, after.stdout, is_help=is_help))
    messages = (PROGRESS.sub("", each.stderr) for each in runs)
    found += in_place("stderr", compare_stream(*messages, is_help=is_help))
    folders = [tree.folder / name for tree in trees]
    files = [{str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()} for folder in folders]
    found += [Difference(f"{each} is gone") for each in sorted(files[0] - files[1])]
    found += [Difference(f"{each} is new") for each in sorted(files[1] - files[0])]
    for each in sorted(files[0] & files[1]):
        found += in_place(each, compare_file(folders[0] / each, folders[1] / each))
    return found


def in_place(place: str, found: Iterable[Difference]) -> list[Difference]:
    """Differences with the file or stream they are in."""
    return [Difference(f"{place}: {each.text}", each.counts) for each in found]


def without_paths(text: str, tree: Tree) -> str:
    """A text without the places that differ from run to run."""
    return text.replace(str(tree.root), "TREE").replace(str(tree.folder), "FOLDER")


def call(tree: Tree, arguments: list[str]) -> Run:
    """Run a command of a tree."""
    left_out = ("PYTHON", "BACKDOOR_INSPECTOR_", "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
    environment |= {
        "BACKDOOR_INSPECTOR_CACHE": str(tree.cache),
        "BACKDOOR_INSPECTOR_CONFIG": str(tree.cache / "config"),
        "CUDA_VISIBLE_DEVICES": "-1",
        "COLUMNS": "400",  # nothing is wrapped in help, whatever its words
        "PYTHONUTF8": "1",
    }
    start_s = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, str(tree.root / "main.py"), *arguments],
        cwd=tree.folder, env=environment, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - start_s
    return Run(ended.returncode, seconds, without_paths(ended.stdout, tree), without_paths(ended.stderr, tree))


@cache
def made_by() -> dict[str, str]:
    """What outputs depend on besides the commit."""
    installed = {each.metadata["Name"].lower().replace("_", "-"): each.version for each in metadata.distributions()}
    versions = {name: version for name, version in installed.items() if name in LIBRARIES}
    return versions | {"python": platform.python_version(), "cores": str(os.cpu_count())}


def run_or_reuse(tree: Tree, name: str, command: str) -> Run:
    """Run a command, or take what an earlier run in the same folder left."""
    arguments = command.split()
    if arguments[0] in WRITING and "--help" not in arguments:
        arguments += ["--out", name]
    record = tree.folder / "runs" / f"{name}.json"
    if record.exists():
        kept = json.loads(record.read_text("utf-8"))
        if (kept["arguments"], kept["made_by"]) == (arguments, made_by()):
            return Run(**kept["run"])
    shutil.rmtree(tree.folder / name, ignore_errors=True)
    run = call(tree, arguments)
    for each in (tree.folder / name).glob("*"):
        if each.suffix in (".json", ".html"):  # a clone lies elsewhere the next time
            each.write_bytes(without_paths(each.read_text("utf-8"), tree).encode())
    record.parent.mkdir(exist_ok=True)
    record.write_text(json.dumps({"arguments": arguments, "made_by": made_by(), "run": asdict(run)}), "utf-8")
    return run


def make_tree(root: Path, folder: Path, cache: Path, csaw: Path | None) -> Tree:
    """A tree with the data beside its outputs, so that both trees name it by the same relative paths."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "demo").exists():
        shutil.copytree(root / "resources" / "demo", folder / "demo")
    if csaw and not (folder / "csaw").exists():
        (folder / "csaw").unlink(missing_ok=True)
        (folder / "csaw").symlink_to(csaw, target_is_directory=True)
    return Tree(root, folder.resolve(), cache)


def clone_of(commit: str, folder: Path) -> Path:
    """A clone of this repository at a commit."""
    subprocess.run(["git", "clone", "--quiet", "--shared", "--no-checkout", ROOT, folder], check=True)
    subprocess.run(["git", "-C", folder, "checkout", "--quiet", "--detach", commit], check=True)
    return folder


def starting_times(trees: tuple[Tree, Tree]) -> list[float]:
    """Seconds until help is there, of each tree; the trees take turns."""
    rounds = [[call(tree, ["--help"]).seconds for tree in trees] for _ in range(START_COUNT)]
    return [min(each) for each in zip(*rounds, strict=True)]


def chosen_commands(*, is_quick: bool, csaw: Path | None) -> dict[str, str]:
    """The commands by name, in their order."""
    if is_quick:
        return QUICK
    return QUICK | DEMO_ONLY | (WITHOUT_DISPLAY if sys.platform.startswith("linux") else {}) | (CSAW if csaw else {})


def row(name: str, verdict: str, before_s: float, after_s: float) -> str:
    """A row of the table."""
    return f"{name:<24}{verdict:<12}{before_s:9.2f}{after_s:9.2f}{after_s / before_s:8.2f}"


def compare_trees(trees: tuple[Tree, Tree], commands: dict[str, str]) -> int:
    """Run and compare all commands, print the table, and return how many differ.

    Raises:
        SystemExit: a command fails with the earlier commit already: comparing it would tell nothing.
    """
    print(f"{'command':<24}{'outputs':<12}{'before s':>9}{'after s':>9}{'ratio':>8}")
    verdicts, told, seconds = [], set(), [0.0, 0.0]
    for name, command in commands.items():
        before, after = (run_or_reuse(tree, name, command) for tree in trees)
        if name.startswith("refused") == (before.status == 0):
            raise SystemExit(f"{name}: the earlier commit ends with status {before.status}:\n{before.stderr}")
        found = compare_runs(name, (before, after), trees)
        verdicts.append("different" if any(each.counts for each in found) else "reworded" if found else "same")
        seconds = [seconds[0] + before.seconds, seconds[1] + after.seconds]
        print(row(name, verdicts[-1], before.seconds, after.seconds), flush=True)
        # What counts comes first, and no sentence is told twice.
        lines = [f"    {each.text}" for each in sorted(found, key=lambda each: not each.counts)]
        lines = [each for each in lines if each.partition(": ")[2] not in told]
        told |= {each.text.partition(": ")[2] for each in found if not each.counts}
        left_out = [f"    … and {len(lines) - SHOWN_LINES} more"] if len(lines) > SHOWN_LINES else []
        print("".join(f"{each}\n" for each in [*lines[:SHOWN_LINES], *left_out]), end="", flush=True)
    print(row("all", "", *seconds))
    print(row(f"help, best of {START_COUNT}", "", *starting_times(trees)))
    counts = {each: verdicts.count(each) for each in ("same", "reworded", "different")}
    print("\n" + ", ".join(f"{count} {each}" for each, count in counts.items()))
    return counts["different"]


def main() -> int:
    """Compare the trees and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", required=True, help="the earlier commit")
    parser.add_argument("--after", type=Path, default=ROOT, help="the working tree; by default the one of this script")
    parser.add_argument("--keep", type=Path, help="where outputs of earlier commits stay and are found again")
    parser.add_argument("--csaw", type=Path, default=CSAW_FOLDER, help="real networks and faces")
    parser.add_argument("--quick", action="store_true", help="one command of each kind")
    asked = parser.parse_args()
    revision = ["git", "-C", ROOT, "rev-parse", "--verify", "--quiet", f"{asked.before}^{{commit}}"]
    commit = subprocess.run(revision, check=True, capture_output=True, text=True).stdout.strip()
    csaw = asked.csaw.resolve() if asked.csaw.is_dir() else None
    if csaw is None and not asked.quick:
        print(f"The real networks are left out: there is no folder '{asked.csaw}'.")
    with tempfile.TemporaryDirectory(prefix="backdoor-inspector-outputs-") as name:
        folder = Path(name).resolve()
        kept = asked.keep / commit if asked.keep else folder / "before"
        trees = (
            make_tree(clone_of(commit, folder / "clone"), kept, folder / "cache-before", csaw),
            make_tree(asked.after.resolve(), folder / "after", folder / "cache-after", csaw),
        )
        return int(compare_trees(trees, chosen_commands(is_quick=asked.quick, csaw=csaw)) > 0)


if __name__ == "__main__":
    sys.exit(main())
