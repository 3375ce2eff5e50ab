"""The zoo's networks as they lie in the cache, with their recipes and the images to examine them with.

for each in zoo_networks(folder, half="tuning"):
    scores = detect(each.open(), each.dataset("validation"), scale=each.scale)
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.records import Share
from core.scale import Scale
from tests.zoo.attacks import Attack, Triggered, attack_of, triggered_images
from tests.zoo.image_sets import KINDS, REAL_FOLDER, ImageSets, image_sets
from tests.zoo.recipes import Half, Recipe, all_recipes

if TYPE_CHECKING:
    from core.network.network import Network

COLUMNS = (
    "name",
    "hash",
    "half",
    "images",
    "architecture",
    "trigger",
    "poisoning_rate",
    "scale",
    "seed",
    "targets",
    "sources",
    "accuracy_count",
    "accuracy_total",
    "success_counts",
    "success_totals",
    "beside_count",
    "beside_total",
    "left_out",
    "cpu_s",
)


def default_folder() -> Path:
    """Return the folder of the zoo in the user's cache."""
    return Path(platformdirs.user_cache_dir("backdoor-inspector", appauthor=False)) / "zoo"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a network that was made.

    Attributes:
        recipe: what it was made of.
        digest: hash of all that made it.
        path: its file; there is none if it was left out.
        scale: what it reads for a pixel.
        targets: the classes that the attacker wants; every class for all-to-all, none for a clean network.
        sources: the classes that are attacked; empty for all.
        accuracy: clean test images that are classified correctly.
        successes: for each trigger the triggered test images that are predicted as the attacker wants.
        beside: of a source-specific attack, other classes' triggered images that are predicted as the target.
        left_out: why it is no part of the zoo; empty if it is.
        cpu_s: processor time of its making, in seconds.
    """

    recipe: Recipe
    digest: str
    path: Path
    scale: Scale
    targets: tuple[int, ...]
    sources: tuple[int, ...]
    accuracy: Share
    successes: tuple[Share, ...]
    beside: Share | None
    left_out: str
    cpu_s: float

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self.recipe.name

    @property
    def half(self) -> Half:
        """The half that it belongs to."""
        return self.recipe.half

    @property
    def is_backdoored(self) -> bool:
        """Whether it has a backdoor."""
        return self.recipe.is_backdoored

    @property
    def class_count(self) -> int:
        """K, number of classes."""
        return KINDS[self.recipe.kind].class_count

    def open(self) -> "Network":
        """Open the network with the application's own reader."""
        from core.network.network import open_network  # noqa: PLC0415 - brings TensorFlow

        return open_network(self.path)

    def dataset(self, part: str, *, images: Path = REAL_FOLDER) -> Dataset:
        """Return the clean labelled images of a part, `"validation"` or `"test"`: uint8, to be read at `scale`."""
        return image_sets(self.recipe.kind, images).parts[part]

    def inputs(self, part: str, *, images: Path = REAL_FOLDER) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return clean images of a part as the network reads them, (N, H, W, C) float32, and their labels (N,)."""
        dataset = self.dataset(part, images=images)
        return dataset.batch(0, dataset.image_count, scale=self.scale), dataset.labels

    def triggered(self, part: str, *, images: Path = REAL_FOLDER) -> tuple[Triggered, ...]:
        """Return the images of a part with each trigger; empty for a clean network. No detector may see them."""
        sets = image_sets(self.recipe.kind, images)
        attack = self.attack(sets)
        if attack is None:
            return ()
        return triggered_images(attack, *sets.arrays(part), seed=self.recipe.seed)

    def attack(self, sets: ImageSets) -> Attack | None:
        """Return the attack that made it; None for a clean network."""
        kind = KINDS[self.recipe.kind]
        return attack_of(self.recipe, kind.shape, sets.parts["train"].labels, kind.class_count)

    def as_json(self) -> dict[str, Any]:
        """Return the entry as plain JSON values, without the folder."""
        recipe = self.recipe
        return {
            "name": self.name,
            "hash": self.digest,
            "half": self.half,
            "images": recipe.kind,
            "architecture": recipe.architecture,
            "trigger": recipe.trigger,
            "poisoning_rate": recipe.poisoning_rate,
            "scale": self.scale.as_json(),
            "seed": recipe.seed,
            "targets": list(self.targets),
            "sources": list(self.sources),
            "accuracy_count": self.accuracy.count,
            "accuracy_total": self.accuracy.total,
            "success_counts": [each.count for each in self.successes],
            "success_totals": [each.total for each in self.successes],
            "beside_count": self.beside.count if self.beside else None,
            "beside_total": self.beside.total if self.beside else None,
            "left_out": self.left_out,
            "cpu_s": round(self.cpu_s, 1),
        }


def entry_file(folder: Path, recipe: Recipe, digest: str) -> Path:
    """Return the file that tells what became of a recipe; it is written last."""
    return folder / f"{recipe.kind}-{digest}.json"


def read_entry(file: Path) -> Entry:
    """Read an entry."""
    stored = json.loads(file.read_text("utf-8"))
    scale = Scale(**{key: tuple(value) if isinstance(value, list) else value for key, value in stored["scale"].items()})
    recipe = Recipe(
        stored["images"],
        stored["architecture"],
        stored["trigger"],
        stored["poisoning_rate"],
        scale.name,
        stored["seed"],
    )
    beside = stored["beside_count"]
    return Entry(
        recipe=recipe,
        digest=stored["hash"],
        path=file.with_suffix(".keras"),
        scale=scale,
        targets=tuple(stored["targets"]),
        sources=tuple(stored["sources"]),
        accuracy=Share(stored["accuracy_count"], stored["accuracy_total"]),
        successes=tuple(map(Share, stored["success_counts"], stored["success_totals"])),
        beside=None if beside is None else Share(beside, stored["beside_total"]),
        left_out=stored["left_out"],
        cpu_s=stored["cpu_s"],
    )


def dated_recipes(images: Path = REAL_FOLDER) -> list[tuple[Recipe, str]]:
    """Return all recipes with the digests that they have with the images of a folder."""
    return [(each, each.digest(image_sets(each.kind, images).digest)) for each in all_recipes()]


def zoo_entries(folder: Path, recipes: Sequence[tuple[Recipe, str]]) -> list[Entry]:
    """Return the entries of recipes with their digests that the cache holds, those that were left out included."""
    files = [entry_file(folder, recipe, digest) for recipe, digest in recipes]
    return [read_entry(each) for each in files if each.is_file()]


def zoo_networks(
    folder: Path | None = None, *, half: Half | None = None, images: Path = REAL_FOLDER
) -> tuple[Entry, ...]:
    """Return the networks of the zoo that are made and passed their checks, in the order of the recipes.

    Networks of earlier recipes, images or code, which may still lie in the folder, are not among them.

    Args:
        folder: the cache; None is the folder of `default_folder`.
        half: `"tuning"` or `"report"` alone; None returns both.
        images: the folder of the real images.
    """
    entries = zoo_entries(folder or default_folder(), dated_recipes(images))
    return tuple(each for each in entries if not each.left_out and half in (None, each.half))


def write_index(file: Path, entries: Sequence[Entry]) -> None:
    """Write entries as CSV, one row each, lists separated by spaces."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for entry in entries:
            row = {**entry.as_json(), "scale": entry.scale.name}
            writer.writerow(
                {key: " ".join(map(str, each)) if isinstance(each, list) else each for key, each in row.items()}
            )
