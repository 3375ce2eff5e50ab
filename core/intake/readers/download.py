"""Downloads that went wrong: what lies on the disk is not the file that was meant."""

from core.intake.refusal import Refusal

_LFS = b"version https://git-lfs.github.com/spec/"
_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")
_START_BYTES = 512


def refuse_failed_download(start: bytes, name: str) -> None:
    """Refuse a Git LFS pointer, a web page or a server's error message, and say what to do.

    Args:
        start: the first bytes of the file, at least 64.
        name: its name.

    Raises:
        Refusal: `wrong-format`.
    """
    text = start[:_START_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(_LFS):
        raise Refusal(
            "wrong-format",
            f"'{name}' is a Git LFS pointer, a note of where the file is: fetch the file itself with 'git lfs pull', "
            "or download it from the repository's page",
        )
    if text.lower().startswith(_PAGE):
        raise Refusal(
            "wrong-format",
            f"'{name}' is a web page, not the file that it is named after: the download gave a page to look at or to "
            "log in; download the file itself",
        )
    if text.startswith((b"<?xml", b"<Error>")):
        raise Refusal(
            "wrong-format",
            f"'{name}' is XML text, perhaps a server's error message instead of the file: download the file again",
        )
