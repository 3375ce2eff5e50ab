"""What the name of a file says about its role; names break ties only."""

import re
from pathlib import Path

from core.recognition.records import FileRole

_WORDS: tuple[tuple[FileRole, re.Pattern[str]], ...] = (
    (
        FileRole.POISONED,
        re.compile(
            r"poison\w*|bad|bd|backdoor\w*|attack\w*|trigger\w*|stamped|sunglasses|eyebrows|lipstick|adversarial|patched"
        ),
    ),
    (FileRole.VALIDATION, re.compile(r"val|valid|validation|dev|cv")),
    (FileRole.TEST, re.compile(r"test|testing|tst|eval|t10k")),
    (FileRole.UNLABELLED, re.compile(r"train|training|unlabell?ed")),
)
_FEW_WORDS = 2
_TRIGGER = re.compile(r"trigger\w*|pattern|mask|sunglasses|patch")
_CLEAN = re.compile(r"clean|cl|benign")
_MADE = re.compile(r"repaired|pruned|fixed|cleansed|finetuned|mended|goodnet|g")
_NAMES = re.compile(r"names?|class|classes|labels?|categor(?:y|ies)|synsets?|signs")
_MODEL = re.compile(r"net|network|model|weights|bd|badnet|goodnet|bn|cnn|resnet\w*|vgg\w*|checkpoint|epoch\w*")


def role_hint(path: Path) -> FileRole | None:
    """Return the role that a set's name says, or else that of its folder if it says little more; None for neither.

    What says that images are poisoned outweighs the part that they come from: the lab's "bd_valid.h5" is poisoned.
    """
    folder = words_of(path.parent.name)
    for words in (words_of(path.stem), folder if len(folder) <= _FEW_WORDS else ()):
        for role, pattern in _WORDS:
            if any(map(pattern.fullmatch, words)):
                return None if role is FileRole.POISONED and any(map(_CLEAN.fullmatch, words)) else role
        if any(map(_CLEAN.fullmatch, words)):
            return None
    return None


def says_clean(path: Path) -> bool:
    """Whether a set's name says that its images are clean."""
    words = words_of(path.stem)
    if any(map(_CLEAN.fullmatch, words)):
        return True
    return role_hint(path) not in (None, FileRole.POISONED)


def says_trigger(path: Path) -> bool:
    """Whether an image's name says that it is a trigger."""
    return any(map(_TRIGGER.fullmatch, words_of(path.stem)))


def says_made(path: Path) -> bool:
    """Whether a network's name says that it was made from another one: repaired or pruned."""
    return any(map(_MADE.fullmatch, words_of(path.stem)))


def says_model(path: Path) -> bool:
    """Whether a file's name says that it is a network."""
    return any(map(_MODEL.fullmatch, words_of(path.stem)))


def says_names(path: Path) -> bool:
    """Whether a file's name says that it is names of classes."""
    return any(map(_NAMES.fullmatch, words_of(path.name)))


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: "badValid_2" has "bad" and "valid"."""
    return tuple(each.lower() for each in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|t10k", name))
