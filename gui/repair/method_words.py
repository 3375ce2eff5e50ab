"""What each way to repair is called and does, in a line; no Qt."""

from dataclasses import dataclass

from core.repair.methods import Method


@dataclass(frozen=True, slots=True)
class MethodWords:
    """A method as a person reads it.

    Attributes:
        title: as a choice.
        detail: what it does, in a sentence.
    """

    title: str
    detail: str


_WORDS = {
    "auto": MethodWords(
        "Repair for me",
        "Tries pruning, fine-pruning and occlusion until one is hardly fooled by patches and keeps clean accuracy; "
        "clean images alone decide.",
    ),
    "occlusion": MethodWords(
        "Occlusion", "Refits so that images with random patches get the answers that B gives without them."
    ),
    "anp": MethodWords("Adversarial pruning", "Prunes the channels that small changes of their weights upset most."),
    "prune": MethodWords(
        "Pruning", "Switches off the least active channels, up to the drop that you allow. The fastest."
    ),
    "finetune": MethodWords("Fine-tuning", "Trains on clean images. The backdoor often survives it."),
    "fine-pruning": MethodWords("Fine-pruning", "Prunes, then trains with the pruned channels held at zero."),
    "ft-sam": MethodWords("FT-SAM", "Trains on clean images towards weights that small changes do not upset."),
}


def method_words(method: Method) -> MethodWords:
    """What a method is called and does."""
    return _WORDS.get(method.value, MethodWords(method.value, ""))


def offered_methods() -> tuple[Method, ...]:
    """All methods, as the window offers them: those that ask least of the person first."""
    places = list(_WORDS)
    return tuple(sorted(Method, key=lambda each: places.index(each.value) if each.value in places else len(places)))
