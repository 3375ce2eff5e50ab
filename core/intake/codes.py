"""The stable codes of all refusals when opening or saving a file, with their meanings."""

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType(
    {
        # the file itself
        "missing-file": "there is no such file",
        "not-a-file": "a folder, a pipe, a socket or a device instead of a regular file",
        "unreadable-file": "the system denies reading the file",
        "empty-file": "the file has no bytes",
        "file-too-large": "the file, or its claimed content, exceeds the limits",
        "changed-while-read": "the file was changed while it was read",
        "needs-room": "its content takes much of the available memory; the window asks before it opens such a file",
        # the format
        "wrong-format": "not a supported kind of file (such as a text file named .h5)",
        "truncated-file": "the file ends before its content is complete",
        "damaged-file": "the file's structure is broken",
        "unsafe-link": "a soft or an external link, or an object that is linked twice",
        "external-data": "data kept in another file (external storage, virtual dataset)",
        "unsafe-filter": "a compression filter that is not allowed",
        "unsafe-type": "values that are not plain numbers, or unexpected text",
        "unsafe-archive": "a .keras archive with unknown, repeated or too strongly compressed entries",
        "claims-too-much": "a small file that claims huge content",
        "wrong-suffix": "the end of a file's name does not fit: to its content, or to a network that is saved",
        "foreign-bytes": "bytes before, after or between the parts that the format reads",
        "unread-data": "data in a model file that are not part of its network",
        # a model
        "images-not-model": "a file of labelled images opened as a model",
        "missing-architecture": "weights without a description of the network, and not a known network",
        "missing-weights": "a layer's weights are missing, or are more or fewer than the layer has",
        "unsupported-layer": "a layer class that is not on the allow-list",
        "unsupported-config": "a layer's setting that is not allowed or has a wrong type",
        "unsupported-network": "a graph that is not a plain single-input, single-output network",
        "channels-first": "a network that takes its images channels first",
        "names-disagree": "names of layers or weights disagree with their order, by which Keras binds them",
        "shapes-disagree": "a shape that Keras builds a layer for, and that is not the shape of its input",
        "bad-weights": "weights that are not finite numbers",
        "wrong-weight-shape": "weights that do not fit their layer",
        "wrong-output": "a network whose output is not one score per class",
        "wrong-input": "a network whose input is not one image of fixed size",
        # data
        "model-not-images": "a network opened as data",
        "missing-key": "no images with as many labels in the file, or none with the chosen key",
        "choose-keys": "several sets of images in the file, one of which must be chosen",
        "wrong-shape": "images or labels of a wrong shape",
        "wrong-dtype": "images or labels that are not plain numbers",
        "wrong-range": "pixels that are negative, above 255, or not finite",
        "wrong-labels": "labels that are not whole numbers, or outside the network's classes",
        "different-lengths": "the number of labels differs from the number of images",
        "no-images": "no image in the file",
        "different-sizes": "single images of different sizes, without a network that they can be resized for",
        "misfit-input": "images that do not fit the network's input",
        # names of classes
        "wrong-names": "a file that holds no names of classes, or some that cannot be used",
        "misfit-names": "names of classes that the network does not have",
        # images
        "picture-too-large": "more pixels than an image may have",
        "unsupported-picture": "an image of an unsupported kind",
        # a session
        "newer-session": "a session that a newer version saved",
        # the child
        "intake-timeout": "reading took longer than allowed",
        "intake-memory": "reading took more memory than allowed",
        "intake-denied": "reading took something that the reading process's sandbox denies",
        "intake-crash": "the reading process died",
        "intake-answer": "the reading process gave an invalid answer",
        "cache-folder": "the cache folder is not writable, is full or belongs to another user",
        # saving
        "would-replace-input": "saving over a file that was opened",
        "already-exists": "saving over an existing file without confirmation",
        "write-failed": "the file could not be written",
        "save-differs": "the saved file differs from the network that was saved",
    }
)
