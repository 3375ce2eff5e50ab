"""The registry of detectors, one line each, in the order in which they run: the cheap ones first; no Keras."""

from core.detect.detector import Detector
from core.detect.detectors.feature_inversion import FEATURE_INVERSION
from core.detect.detectors.maximum_margin import MAXIMUM_MARGIN
from core.detect.detectors.random_patches import RANDOM_PATCHES
from core.detect.detectors.second_answers import SECOND_ANSWERS
from core.detect.detectors.trigger_inversion import PATCH_INVERSION, WHOLE_PICTURE_INVERSION
from core.detect.detectors.weight_signature import WEIGHT_SIGNATURE
from core.registry.registry import Registry

DETECTORS: Registry[Detector] = Registry(
    "detector",
    (
        WEIGHT_SIGNATURE,
        MAXIMUM_MARGIN,
        RANDOM_PATCHES,
        PATCH_INVERSION,
        WHOLE_PICTURE_INVERSION,
        FEATURE_INVERSION,
        SECOND_ANSWERS,
    ),
)
