"""What is told of how the images of a set were found in its files."""

from collections.abc import Sequence

from core.intake.answers import PairAnswer, SourceAnswer
from core.words import counted, printable

_NAMED = 4


def pair_text(pair: PairAnswer) -> str:
    """Return the keys of images and labels."""
    label = f" with '{printable(pair.label_key)}'" if pair.label_key else ""
    return f"'{printable(pair.data_key)}'{label}"


def source_notes(name: str, source: SourceAnswer, *, image_shape: Sequence[int], axes: str) -> tuple[str, ...]:
    """Return what a person must know about the arrays or files that were read; nothing for `data` and `label`.

    Args:
        name: the name of the file or folder.
        source: where the images were found.
        image_shape: height, width and channels that they have now.
        axes: the order of the axes of one image in the file, such as "C, H, W".
    """
    if source.taken is None:
        return _file_notes(name, source, image_shape)
    deep = (
        (f"{printable(name)}: values of 16 bits, 0–65,535, were divided by 257 to 0–255.",) if source.is_16_bit else ()
    )
    return (*_array_notes(name, source, source.taken, image_shape, axes), *deep)


def _array_notes(
    name: str, source: SourceAnswer, taken: PairAnswer, image_shape: Sequence[int], axes: str
) -> tuple[str, ...]:
    if len(taken.shape) == 2:
        size = " × ".join(map(str, image_shape))
        why = ", the smoother order" if image_shape[2] > 1 else ""
        return (
            f"{printable(name)}: {pair_text(taken)} are rows of {taken.shape[1 - taken.image_axis]:,} values, read as "
            f"images of {size} in the order ({axes}){why}.",
        )
    order = f"N, {axes}" if taken.image_axis == 0 else f"{axes}, N"
    is_usual = (taken.data_key, taken.label_key) in (("data", "label"), ("data", "")) and taken.image_axis == 0
    if source.form in ("npy", "idx") or (is_usual and "W, H" not in axes):
        return ()
    notes = [f"{printable(name)}: images are {pair_text(taken)}, shape {tuple(taken.shape)}, read as ({order})."]
    others = [each for each in source.pairs if each.data_key != taken.data_key or each.label_key != taken.label_key]
    if others:
        named = ", ".join(map(pair_text, others[:_NAMED]))
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        notes.append(
            f"{printable(name)} also contains {named}{more}: choose with "
            "--data-key and --label-key, or open the file again in the window, which asks."
        )
    return tuple(notes)


def _file_notes(name: str, source: SourceAnswer, image_shape: Sequence[int]) -> tuple[str, ...]:
    notes = []
    shown = printable(name)
    if source.is_resized:
        smallest, largest = (" × ".join(map(str, size)) for size in (source.smallest, source.largest))
        sizes = f"{smallest} pixels" if smallest == largest else f"{smallest} to {largest} pixels"
        notes.append(
            f"{shown}: images of {sizes} were stretched to {image_shape[0]} × {image_shape[1]}, bilinear as Keras' "
            "image_dataset_from_directory does."
        )
    if source.class_names:
        named = ", ".join(f"{printable(each)} {index}" for index, each in enumerate(source.class_names[:_NAMED]))
        more = ", …" if len(source.class_names) > _NAMED else ""
        classes = counted(len(source.class_names), "class", "classes")
        notes.append(f"{shown}: {classes} in alphabetical order, {named}{more}.")
    if source.empty_count:
        named = ", ".join(f"'{printable(each)}'" for each in source.empty_classes[:_NAMED])
        more = f" and {source.empty_count - _NAMED} more" if source.empty_count > _NAMED else ""
        notes.append(
            f"{shown}: no images in {named}{more}, counted as {'a class' if source.empty_count == 1 else 'classes'} as "
            "Keras' image_dataset_from_directory does; torchvision's ImageFolder refuses such folders."
        )
    if source.turned_count:
        asks = "asks" if source.turned_count == 1 else "ask"
        notes.append(
            f"{shown}: {counted(source.turned_count, 'image')} {asks} for a rotation in the EXIF data, read as stored, "
            "without it, as Keras' and torchvision's loaders do."
        )
    if source.left_out_count:
        notes.append(f"{shown}: the table does not name {counted(source.left_out_count, 'image')}, left out.")
    return tuple(notes)
