"""How much a file may claim and how much reading it may cost."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading; the defaults fit networks and data sets of a few gigabytes.

    Attributes:
        time_s: wall time the child may take, besides what the file's size adds.
        bytes_per_s: reading speed that is expected at least; a file of this size adds one second.
        memory_bytes: address space of the child.
        model_bytes, data_bytes, images_bytes, image_bytes, results_bytes: largest file of each kind.
        scratch_bytes: most that the child may write.
        object_count, depth: most groups and data sets in an HDF5 file, and their deepest nesting.
        attribute_bytes: largest attribute that is read.
        array_bytes: largest single array a file may claim.
        chunk_bytes: largest HDF5 chunk, which has to fit in memory at once.
        free_claim_bytes, claim_ratio: what any file may claim, and beyond it how many times its own size.
        layer_count: most layers of a network.
        pixel_count: most pixels of an image.
    """

    time_s: float = 20.0
    bytes_per_s: float = 1.0 * MIB
    memory_bytes: int = 3 * GIB
    model_bytes: int = 2 * GIB
    data_bytes: int = 16 * GIB
    images_bytes: int = 16 * GIB
    image_bytes: int = 256 * MIB
    results_bytes: int = 1 * MIB
    scratch_bytes: int = 16 * GIB
    object_count: int = 20_000
    depth: int = 32
    attribute_bytes: int = 16 * MIB
    array_bytes: int = 16 * GIB
    chunk_bytes: int = 256 * MIB
    free_claim_bytes: int = 256 * MIB
    claim_ratio: int = 200
    layer_count: int = 2_000
    pixel_count: int = 64_000_000
