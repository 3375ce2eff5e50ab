"""The checks that a file passes before anything of it is used, and the codes of the refusals that each can end in."""

from dataclasses import dataclass
from enum import StrEnum

MODEL, DATA, IMAGE, RESULTS = "model", "data", "image", "results"
KINDS = (MODEL, DATA, IMAGE, RESULTS)


class Outcome(StrEnum):
    """What a check came to; reading a file ends with the first check that it fails."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_COMPLETED = "not completed"


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a file.

    Attributes:
        name: stable name, for scripts.
        title: what is checked, as a short sentence.
        codes: codes of refusals, keys of `core.intake.codes.CODES`.
        kinds: kinds of files that it is made on.
    """

    name: str
    title: str
    codes: frozenset[str]
    kinds: tuple[str, ...] = KINDS


FILE = Check(
    "file",
    "A regular, local file that does not change while it is read",
    frozenset({"missing-file", "not-a-file", "unreadable-file", "empty-file", "changed-while-read"}),
)
"""The check that comes first: it has passed when the file was read whole, so that its SHA-256 is known."""

CHECKS = (
    FILE,
    Check(
        "limits",
        "Its size, what it claims to contain, and the time and memory of reading it are within the limits",
        frozenset({"file-too-large", "claims-too-much", "picture-too-large", "intake-timeout", "intake-memory"}),
    ),
    Check(
        "format",
        "It is complete, of a supported format, and its name does not say another one",
        frozenset(
            {"wrong-format", "truncated-file", "damaged-file", "wrong-suffix", "intake-crash", "intake-answer"},
        ),
    ),
    Check(
        "containment",
        "All its data are in the file itself, as plain numbers, with nothing hidden beside them",
        frozenset(
            {
                *("unsafe-link", "external-data", "unsafe-filter", "unsafe-type", "unsafe-archive"),
                *("foreign-bytes", "unread-data", "intake-denied"),
            }
        ),
    ),
    Check(
        "layers",
        "It consists of layers and settings of the allow-list, none of which contains code",
        frozenset(
            {
                *("missing-architecture", "unsupported-layer", "unsupported-config", "unsupported-network"),
                "channels-first",
            }
        ),
        (MODEL,),
    ),
    Check(
        "weights",
        "Its weights are finite, fit their layers, and are those that Keras loads",
        frozenset({"missing-weights", "names-disagree", "shapes-disagree", "bad-weights", "wrong-weight-shape"}),
        (MODEL,),
    ),
    Check(
        "ends",
        "It takes one image and gives one score per class",
        frozenset({"images-not-model", "wrong-output", "wrong-input"}),
        (MODEL,),
    ),
    Check(
        "images",
        "It has one set of images, of a plain shape and with pixels from 0 to 255",
        frozenset(
            {
                *("model-not-images", "missing-key", "wrong-shape", "wrong-dtype", "wrong-range", "no-images"),
                *("misfit-input", "choose-keys", "different-sizes"),
            }
        ),
        (DATA,),
    ),
    Check(
        "labels",
        "Its labels are whole numbers, one for each image",
        frozenset({"wrong-labels", "different-lengths"}),
        (DATA,),
    ),
    Check("image", "Single images are of a supported kind", frozenset({"unsupported-picture"}), (IMAGE, DATA)),
)


def checks_of(kind: str) -> tuple[Check, ...]:
    """Return the checks of a kind of file."""
    return tuple(check for check in CHECKS if kind in check.kinds)
