"""The stable codes of every refusal that opening or saving a file can end with, each with its meaning."""

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType(
    {
        # the file itself
        "missing-file": "there is no such file",
        "not-a-file": "a folder, a pipe, a socket or a device instead of a regular file",
        "unreadable-file": "the system does not let us read the file",
        "empty-file": "the file has no bytes",
        "file-too-large": "the file, or what it claims to hold, is beyond the limits",
        "changed-while-read": "somebody wrote to the file while it was read",
        # the format
        "wrong-format": "not the kind of file that is read here (a text file named .h5)",
        "truncated-file": "the file ends before its content does",
        "damaged-file": "the file's structure is broken",
        "unsafe-link": "a soft or an external link, or an object that is linked twice",
        "external-data": "data kept in another file (external storage, virtual dataset)",
        "unsafe-filter": "a compression filter that is not allowed",
        "unsafe-type": "values that are not plain numbers, or text where none belongs",
        "unsafe-archive": "a .keras archive with foreign, repeated or too strongly compressed entries",
        "claims-too-much": "a small file that claims a huge content",
        # a model
        "images-not-model": "images with labels on the model slot",
        "missing-architecture": "weights without a description of the network, and not a known network",
        "missing-weights": "a layer's weights are missing, or are more or fewer than the layer has",
        "unsupported-layer": "a layer class that is not on the allow-list",
        "unsupported-config": "a layer's setting that is not allowed or has a wrong type",
        "unsupported-network": "a graph that is not a plain single-input, single-output network",
        "channels-first": "a network that wants its images channels first",
        "bad-weights": "weights that are not finite numbers",
        "wrong-weight-shape": "weights that do not fit their layer",
        "wrong-output": "a network whose output is not one score per class",
        "wrong-input": "a network whose input is not one image of fixed size",
        # data
        "model-not-images": "a network on a data slot",
        "missing-key": "no `data` or no `label` in the file",
        "wrong-shape": "images or labels of a wrong shape",
        "wrong-dtype": "images or labels that are not plain numbers",
        "wrong-range": "pixels that are negative, above 255, or not finite",
        "wrong-labels": "labels that are no whole numbers, or outside the network's classes",
        "different-lengths": "not one label an image",
        "no-images": "no image in the file",
        "misfit-input": "images that do not fit the network's input",
        # images
        "picture-too-large": "more pixels than an image may have",
        "unsupported-picture": "an image of a kind that cannot be used",
        # the child
        "intake-timeout": "reading took longer than allowed",
        "intake-memory": "reading took more memory than allowed",
        "intake-crash": "the reading process died",
        "intake-answer": "the reading process gave an answer that makes no sense",
        "cache-folder": "the cache folder cannot be written, is full or is not ours",
        # saving
        "wrong-suffix": "neither .keras nor .h5",
        "would-replace-input": "saving over a file that was opened",
        "already-exists": "saving over a file without having asked",
        "write-failed": "the system did not let us write",
        "save-differs": "the saved file does not give back what was saved",
    }
)
