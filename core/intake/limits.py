"""Limits of the size of a file's content and of the cost of reading it."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

LARGEST_VALUE = 1000.0
"""The largest size of a value in images that hold what a network reads, such as standardized pixels."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one reading; the defaults suit networks and datasets of a few gigabytes.

    Attributes:
        time_s: wall time allowed for the child, plus the time added for the file's size.
        bytes_per_s: lowest expected reading speed; a file of this size adds one second.
        files_per_s: lowest expected number of files of a folder read per second.
        memory_bytes: address space of the child.
        model_bytes, data_bytes, images_bytes, image_bytes, trigger_bytes, results_bytes, names_bytes, session_bytes:
            largest file of each kind.
        scratch_bytes: largest number of bytes that the child may write, all its files together.
        object_count, depth: largest number of groups and datasets in an HDF5 file, and their deepest nesting.
        attribute_bytes: largest attribute that is read.
        array_bytes: largest single array a file may claim.
        chunk_bytes: largest HDF5 chunk, which must fit in memory.
        free_claim_bytes, claim_ratio: size that the arrays of any file may claim, alone and together, and the largest
            ratio to the file's size above it.
        free_image_count, least_image_bytes: number of images that any file may claim, and the bytes of a file for each
            image above it.
        file_count: largest number of files in a folder that is opened as images.
        layer_count: largest number of layers of a network.
        pixel_count, webp_pixel_count: largest number of pixels of an image, and of one in WebP.
        kept_pixel_count: number of pixels above which an image is scaled down by a whole number while it is decoded.
    """

    time_s: float = 20.0
    bytes_per_s: float = 1.0 * MIB
    files_per_s: float = 200.0
    memory_bytes: int = 3 * GIB
    model_bytes: int = 2 * GIB
    data_bytes: int = 16 * GIB
    images_bytes: int = 16 * GIB
    image_bytes: int = 256 * MIB
    trigger_bytes: int = 256 * MIB
    results_bytes: int = 1 * MIB
    names_bytes: int = 4 * MIB
    session_bytes: int = 8 * GIB
    scratch_bytes: int = 16 * GIB
    object_count: int = 20_000
    depth: int = 32
    attribute_bytes: int = 16 * MIB
    array_bytes: int = 16 * GIB
    chunk_bytes: int = 256 * MIB
    free_claim_bytes: int = 256 * MIB
    claim_ratio: int = 200
    file_count: int = 300_000
    free_image_count: int = 4_000_000
    least_image_bytes: int = 16
    layer_count: int = 2_000
    pixel_count: int = 64_000_000
    webp_pixel_count: int = 48_000_000
    kept_pixel_count: int = 8_000_000
