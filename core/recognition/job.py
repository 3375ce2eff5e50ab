"""Finds out what dropped files and folders are, and what each is opened as."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from core.data.dataset import Dataset
from core.data.image import open_image
from core.errors import ImageFileError, InspectorError
from core.monitor import Monitor
from core.network.network import Network
from core.recognition.answers import misfit, with_answers
from core.recognition.file_starts import Guess
from core.recognition.names import names_misfit, with_doubt
from core.recognition.reading import Content, read_candidate, thumbnail_of
from core.recognition.records import FileRole, Found, Kind, Proposal, Recognition
from core.recognition.roles import propose
from core.recognition.walk import walk
from core.recognition.words import sentence
from core.scale import Scale

_SHOWN_IMAGES = 4


def recognize(
    paths: Sequence[Path],
    *,
    network: Network | None = None,
    scale: Scale | None = None,
    clean: Dataset | None = None,
    open_roles: Collection[FileRole] = (),
    preferred: FileRole | None = None,
    monitor: Monitor,
) -> Recognition:
    """Find out what files and folders are, by their content, and what each is opened as.

    A file that cannot be read is refused with a sentence; the others are not affected.

    Args:
        paths: the files and folders.
        network: the open network, which is asked about the sets if there is none among the files.
        scale: what it reads for a pixel, if that is known.
        clean: the open clean validation set.
        open_roles: roles in which the window has a file already.
        preferred: the role of the place that they were dropped on.
        monitor: receives progress, and can cancel.

    Raises:
        Cancelled: the job was cancelled.
    """
    walked = walk(paths, monitor=monitor)
    refusals = list(walked.refusals)
    contents: list[Content] = []
    # Networks first: folders of images are resized for them, and they are asked about the sets.
    for candidate in sorted(walked.candidates, key=lambda each: _turn(each.guess)):
        first = next((each.network for each in contents if each.network is not None), network)
        shape = first.summary.input_shape if first is not None else None
        try:
            contents.append(read_candidate(candidate, input_shape=shape, monitor=monitor))
        except InspectorError as error:
            refusals.append(sentence(error))
    networks = [each.network for each in contents if each.network is not None]
    is_open = not networks
    if network is not None and is_open:
        networks = [network]
    contents = [with_doubt(each, networks) for each in contents]
    misfits = {each.found.path: misfit(each, networks) or names_misfit(each, networks) for each in contents}
    refusals += filter(None, misfits.values())
    contents = with_answers(
        [each for each in contents if not misfits[each.found.path]],
        networks=networks,
        scale=scale if is_open else None,
        clean=clean if is_open else None,
        monitor=monitor,
    )
    order = {candidate.path: place for place, candidate in enumerate(walked.candidates)}
    found = sorted((each.found for each in contents), key=lambda each: order[each.path])
    # With a network of their own the files are another project, whose sets take the places of the open ones.
    proposals = propose(_joined(found), open_roles=open_roles if is_open else (), preferred=preferred)
    if any(each.doubt for each in proposals):  # a person will be asked, and sees all of them
        proposals = tuple(_with_thumbnails(each, monitor) for each in proposals)
    return Recognition(proposals, tuple(refusals), tuple(walked.remarks))


def _turn(guess: Guess) -> int:
    return {Guess.MODEL: 0, Guess.MODEL_OR_DATA: 1}.get(guess, 2)


def _joined(found: Sequence[Found]) -> list[Found]:
    """Put pictures that turned out to be plain with the others."""
    made: list[Found] = []
    for each in found:
        first = next((one for one in made if one.kind is Kind.IMAGES and not one.path.is_dir()), None)
        if each.kind is not Kind.IMAGES or each.path.is_dir() or first is None:
            made.append(each)
            continue
        images = (*first.images, *each.images)
        made[made.index(first)] = replace(first, images=images, words=f"{len(images):,} pictures")
    return made


def _with_thumbnails(proposal: Proposal, monitor: Monitor) -> Proposal:
    """Add a few of the single images of a folder."""
    found = proposal.found
    if found.thumbnails or found.kind is not Kind.IMAGES:
        return proposal
    shown = []
    for path in found.images[:_SHOWN_IMAGES]:
        try:
            shown.append(thumbnail_of(open_image(path, monitor=monitor).rgba))
        except ImageFileError:
            continue  # said when it is opened
    return replace(proposal, found=replace(found, thumbnails=tuple(shown)))
