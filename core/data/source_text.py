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
    taken = source.taken
    order = f"N, {axes}" if taken.image_axis == 0 else f"{axes}, N"
    is_usual = (taken.data_key, taken.label_key) in (("data", "label"), ("data", "")) and taken.image_axis == 0
    if source.form in ("npy", "idx") or (is_usual and "W, H" not in axes):
        return ()
    notes = [f"{printable(name)}: images are {pair_text(taken)}, shape {tuple(taken.shape)}, read as ({order})."]
    others = [each for each in source.pairs if each.data_key != taken.data_key or each.label_key != taken.label_key]
    if others:
        named = ", ".join(map(pair_text, others[:_NAMED]))
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        notes.append(f"{printable(name)} also contains {named}{more}: choose with --data-key and --label-key.")
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
    if source.left_out_count:
        notes.append(f"{shown}: the table does not name {counted(source.left_out_count, 'image')}, left out.")
    return tuple(notes)
