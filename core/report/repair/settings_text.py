"""All settings of a repair as a table of names and values."""

from collections.abc import Sequence
from typing import Any

from core.order.anp_settings import AnpSettings
from core.refit.records import Augmentation, Corruption, Mixing, Occlusion, RefitSettings
from core.registry.setting import Setting
from core.words import counted, points_text

Rows = tuple[tuple[str, str], ...]
NONE = "none"


def refit_rows(settings: RefitSettings) -> Rows:
    """Return one row for each setting of refitting."""
    weight, radius = settings.distillation_weight, settings.perturbation_radius
    tolerance = settings.choice_tolerance
    return (
        ("epochs", str(settings.epochs)),
        ("steps at least", str(settings.least_steps)),
        ("batch size", str(settings.batch_size)),
        ("optimizer", settings.optimizer.value),
        ("learning rate at the start", f"{settings.learning_rate:g}"),
        ("warm-up", counted(settings.warm_up_steps, "step") if settings.warm_up_steps else NONE),
        ("augmentation", augmentation_text(settings.augmentation)),
        ("B answers", settings.teacher_images.value),
        ("mixed images", _mixing(settings.mixing)),
        ("patches", _occlusion(settings.occlusion)),
        ("corruptions", _corruption(settings.corruption)),
        ("stamped with triggers, if any are searched", f"{_percent(settings.stamped_share)} of the images"),
        ("distillation weight", f"{weight:g}"),
        ("temperature", f"{settings.temperature:g}"),
        ("label smoothing", f"{settings.label_smoothing:g}"),
        ("FT-SAM radius", f"{radius:g}" if radius else NONE),
        ("weight averaging decay", f"{settings.averaging:g}" if settings.averaging else NONE),
        ("held out", f"{_percent(settings.held_out_share)} of the validation images"),
        ("returns to the best epoch after a drop of", points_text(settings.rollback_margin)),
        ("tolerance when choosing the epoch", points_text(tolerance) if tolerance else NONE),
        ("seed", str(settings.seed)),
    )


def mask_rows(settings: AnpSettings) -> Rows:
    """How masks of channels were found, a row each setting."""
    threshold = settings.mask_threshold
    return (
        ("mask steps", str(settings.iterations)),
        ("batch size", str(settings.batch_size)),
        ("learning rate of the masks", f"{settings.learning_rate:g}"),
        ("momentum", f"{settings.momentum:g}"),
        ("noise at most", f"{settings.noise_limit:g}"),
        ("noise steps", str(settings.noise_steps)),
        ("weight of the loss without noise", f"{settings.clean_weight:g}"),
        ("left out of the masks", f"{_percent(settings.held_out_share)} of the validation images"),
        ("mask threshold", f"{threshold:g}" if threshold is not None else "none, by clean accuracy"),
        ("seed", str(settings.seed)),
    )


def own_rows(values: Sequence[tuple[Setting, Any]]) -> Rows:
    """The settings that a method alone has, a row each."""
    return tuple((each.label.lower(), each.text_of(value)) for each, value in values)


def rows_text(title: str, rows: Rows) -> str:
    """Format rows on one line: "Training: epochs 20; batch size 32"."""
    return f"{title}: {'; '.join(f'{name} {value}' for name, value in rows)}."


def augmentation_text(augmentation: Augmentation) -> str:
    """Describe how training images are augmented: "mirrored, shifted by up to 4 %, …", or "none"."""
    parts = ["mirrored"] if augmentation.is_mirrored else []
    parts += [
        f"{verb} by up to {_percent(amount)}"
        for verb, amount in (
            ("shifted", augmentation.shift),
            ("turned", augmentation.turn),
            ("zoomed", augmentation.zoom),
            ("brightness changed", augmentation.light),
        )
        if amount
    ]
    return ", ".join(parts) or NONE


def _mixing(mixing: Mixing | None) -> str:
    return f"{_percent(mixing.mixup)} mixup, {_percent(mixing.cutmix)} cutmix" if mixing else NONE


def _occlusion(occlusion: Occlusion | None) -> str:
    if occlusion is None:
        return NONE
    return (
        f"1 to {occlusion.count} on {_percent(occlusion.share)} of the images, at the end "
        f"{_percent(occlusion.final_share)}; {_patches(occlusion)}"
    )


def _corruption(corruption: Corruption | None) -> str:
    if corruption is None:
        return NONE
    return (
        f"{_percent(corruption.patches)} patches (1 to {corruption.occlusion.count}; "
        f"{_patches(corruption.occlusion)}), "
        f"{_percent(corruption.blends)} blends (opacity {_interval(corruption.opacity)}), "
        f"{_percent(corruption.waves)} waves (amplitude {_interval(corruption.amplitude)}), "
        f"{_percent(corruption.warps)} warps (by {_interval(corruption.displacement)} of the height), "
        f"{_percent(corruption.colours)} colours"
    )


def _patches(occlusion: Occlusion) -> str:
    return f"area {_interval(occlusion.area)}, opacity {_interval(occlusion.opacity)}"


def _interval(ends: tuple[float, float]) -> str:
    return f"{_percent(ends[0])} to {_percent(ends[1])}"


def _percent(rate: float) -> str:
    """Format a rate without forced decimals: "20 %"."""
    return f"{100 * rate:.4g} %"
