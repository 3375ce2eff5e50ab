"""What "repair for me" makes of networks with backdoors of three kinds, and of a clean one, over three seeds.

Run from the project's root:  .venv/bin/python tests/benchmarks/repair.py [--networks badnet,several,aware,clean]
[--seeds 0,1,2] [--method auto] [--folder DIR]

The demo's BadNet and its clean control come with the project; a network with three triggers and three targets, and one
attacked by somebody who knows that it will be pruned, are trained here on the demo's faces (some minutes) and kept in
the folder. Each repair is counted twice: over the demo's 440 clean test faces, and over 2,200 further ones of the same
people, drawn by a seed of their own for this alone, since two of 440 faces more or less are chance. Beside each stand
the same faces with each trigger, those of the target class left out.
"""

import argparse
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from core.attack.poisoning import Attack, poison_by_all, poisoned_copy
from core.attack.pruning_aware import train_pruning_aware
from core.attack.training import train_deepid
from core.data.dataset import Dataset, from_arrays, open_dataset
from core.data.trigger import Trigger, sunglasses
from core.demo.demo import DEMO_SEED, DemoSettings, demo_files, draw_demo_set
from core.demo.faces import draw_faces, make_identities
from core.metrics.scoring import Scorer
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.model_saving import save_model
from core.network.network import Network, open_network
from core.records import SweepPoint
from core.repair.job import Repair, RepairRequest, repair_network
from core.repair.methods.auto import AUTO
from core.repair.methods.registry import METHODS
from core.scale import Scale

HEIGHT, WIDTH = 55, 47
FURTHER_COUNT = 20  # further faces of each identity
FURTHER_SEED = 987_654


def box(name: str, *boxes: tuple[int, int, int, int], colour: tuple[int, int, int], opacity: float) -> Trigger:
    """Coloured boxes, each (top, bottom, left, right)."""
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    for top, bottom, left, right in boxes:
        rgba[top:bottom, left:right] = (*colour, opacity)
    return Trigger(name, rgba)


SEVERAL = (
    Attack(box("yellow square", (46, 53, 38, 45), colour=(255, 230, 0), opacity=1.0), 1, 0.04),
    Attack(box("brows", (14, 17, 9, 20), (14, 17, 27, 38), colour=(120, 20, 160), opacity=0.9), 5, 0.04),
    Attack(box("lipstick", (38, 43, 15, 32), colour=(200, 0, 40), opacity=0.8), 8, 0.04),
)
GLASSES = (Attack(sunglasses(HEIGHT, WIDTH), 0, 0.1),)
KINDS = {"badnet": GLASSES, "several": SEVERAL, "aware": GLASSES, "clean": GLASSES}


def network_of(kind: str, folder: Path) -> Network:
    """The network of a kind; trained and saved where it is not there yet."""
    files = demo_files()
    if kind in ("badnet", "clean"):
        return open_network(files.model if kind == "badnet" else files.control_model)
    path = folder / f"{kind}.keras"
    if not path.exists():
        faces = draw_demo_set(DemoSettings(), seed=DEMO_SEED, part="training")
        class_count = DemoSettings().identity_count
        if kind == "several":
            poisoned = poison_by_all(faces.images, faces.labels, SEVERAL, seed=3)
            model = train_deepid(poisoned.images, poisoned.labels, class_count=class_count, seed=11)
        else:
            clean = train_deepid(faces.images, faces.labels, class_count=class_count, seed=12)
            (attack,) = GLASSES
            model, pruned = train_pruning_aware(
                clean,
                faces.images,
                faces.labels,
                layer="conv_3",
                trigger=attack.trigger,
                target_label=attack.target_label,
                poisoning_rate=attack.poisoning_rate,
                epochs=8,
                batch_size=64,
                learning_rate=5e-4,
                seed=5,
            )
            print(f"{len(pruned)} channels of conv_3 were pruned while the backdoor was trained")
        save_model(model, path, probe=faces.images[:32].astype(np.float32))
    return open_network(path)


def further_faces() -> Dataset:
    """Faces of the demo's people that no network and no setting has seen."""
    settings = DemoSettings()
    labels = np.tile(np.arange(settings.identity_count), FURTHER_COUNT)
    identities = make_identities(settings.identity_count, seed=DEMO_SEED)
    images = draw_faces(identities, labels, seed=FURTHER_SEED, variety=settings.variety)
    return from_arrays("further.h5", images, labels)


def triggered(test: Dataset, attacks: tuple[Attack, ...]) -> tuple[Dataset, ...]:
    """A set with each trigger."""
    made = []
    for attack in attacks:
        copy = poisoned_copy(test.images, attack.trigger, attack.target_label, labels=test.labels)
        made.append(from_arrays(f"{attack.trigger.name}.h5", copy.images, copy.labels))
    return tuple(made)


def counted(request: RepairRequest, repair: Repair, test: Dataset, attacks: tuple[Attack, ...]) -> str:
    """One line of counts over a set and over the same with each trigger."""
    inputs = replace(request.inputs, test=test, poisoned=triggered(test, attacks), scale=repair.scale)
    scorer = Scorer(inputs, false_alarm_rate=request.false_alarm_rate)
    before = scorer.score_base(monitor=Monitor())
    after = scorer.score(
        Network(repair.model, path=inputs.network.summary.path),
        pruned_count=repair.by_agreement.pruned_count,
        calibration_rows=repair.refit.held_out_indices if repair.refit else None,
        monitor=Monitor(),
    )
    assert before.test and after.by_agreement.test
    return (
        f"of {test.image_count}: clean B {before.test.pruned.count}  B' {after.by_agreement.test.pruned.count}  "
        f"ASR B {[each.pruned.count for each in before.poisoned]}  B' "
        f"{[each.pruned.count for each in after.by_agreement.poisoned]} of "
        f"{[each.pruned.total for each in before.poisoned]} | "
        f"G agreement: {by_confidence(after.by_agreement)} | G confidence: {by_confidence(after.by_confidence)}"
    )


def by_confidence(point: SweepPoint) -> str:
    """What G is worth."""
    assert point.test
    return (
        f"clean {point.test.repaired.count} ASR {[each.repaired.count for each in point.poisoned]} "
        f"detected {[each.flagged.count for each in point.poisoned]} false {point.test.flagged.count}"
    )


def main() -> None:
    """Repair each network with each seed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", default=",".join(KINDS))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--method", default=AUTO.name, choices=METHODS.names)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "backdoor-inspector-networks")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    files = demo_files()
    validation, test = open_dataset(files.validation), open_dataset(files.test)
    method = METHODS.get(asked.method)
    sets = (test, further_faces())
    for kind in asked.networks.split(","):
        network, attacks = network_of(kind, asked.folder), KINDS[kind]
        for seed in (int(each) for each in asked.seeds.split(",")):
            request = RepairRequest(
                inputs=EvaluationInputs(
                    network=network,
                    validation=validation,
                    test=test,
                    poisoned=triggered(test, attacks),
                    scale=Scale.RAW,
                ),
                method=method,
                settings=method.default_settings(seed=seed),
            )
            start = time.monotonic()
            repair = repair_network(request, monitor=Monitor())
            chosen = repair.recipe.attempt.plan.title if repair.recipe else repair.method.name
            print(f"{kind} seed {seed}: {chosen}, {time.monotonic() - start:.0f} s", flush=True)
            for each in sets:
                print(f"    {counted(request, repair, each, attacks)}", flush=True)
            for each in repair.recipe.attempts if repair.recipe else ():
                print(f"    tried {each.plan.title}: held-out {each.held_out}, fooled {each.fooled}", flush=True)


if __name__ == "__main__":
    main()
