"""Moving and resizing a frame within an image; frames are left, top, right and bottom in pixels of the image."""

from core.data.image import Frame

SMALLEST = 4.0  # width and height of a frame at least, in pixels of the image; less if the image is smaller


def moved(frame: Frame, right: float, down: float, *, size: tuple[int, int]) -> Frame:
    """Return a frame moved by some pixels; it stays within an image of this width and height."""
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    left = min(max(frame[0] + right, 0.0), size[0] - width)
    top = min(max(frame[1] + down, 0.0), size[1] - height)
    return left, top, left + width, top + height


def resized(
    frame: Frame, sides: tuple[int, int], to: tuple[float, float], *, size: tuple[int, int], aspect: float | None
) -> Frame:
    """Return a frame with a corner or an edge dragged somewhere; the opposite one stays.

    Args:
        frame: the frame.
        sides: which edges are dragged, horizontally and vertically: -1 left or top, 1 right or bottom, 0 neither.
        to: where to, x and y.
        size: width and height of the image, which the frame does not leave.
        aspect: width by height that is kept; None for a free frame. A dragged edge then takes the other ones with it.
    """
    smallest = (min(SMALLEST, size[0]), min(SMALLEST, size[1]))
    starts, ends = [frame[0], frame[1]], [frame[2], frame[3]]
    for axis in (0, 1):
        if sides[axis] < 0:
            starts[axis] = min(max(to[axis], 0.0), ends[axis] - smallest[axis])
        elif sides[axis] > 0:
            ends[axis] = max(min(to[axis], float(size[axis])), starts[axis] + smallest[axis])
    if aspect is None:
        return starts[0], starts[1], ends[0], ends[1]
    width, height = ends[0] - starts[0], ends[1] - starts[1]
    is_by_width = not sides[1] or (sides[0] != 0 and width > height * aspect)
    wanted = width if is_by_width else height * aspect
    rooms = [_room(frame, sides[axis], axis, size[axis]) for axis in (0, 1)]
    wanted = min(max(wanted, smallest[0], smallest[1] * aspect), rooms[0], rooms[1] * aspect)
    lengths = (wanted, wanted / aspect)
    placed = [_placed(frame, sides[axis], axis, lengths[axis], size[axis]) for axis in (0, 1)]
    return placed[0][0], placed[1][0], placed[0][1], placed[1][1]


def fitted(frame: Frame, *, size: tuple[int, int], aspect: float) -> Frame:
    """Return the frame of an aspect ratio that has the same middle and about the same area."""
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    wanted = min((width * height * aspect) ** 0.5, size[0], size[1] * aspect)
    middle = (frame[0] + frame[2]) / 2, (frame[1] + frame[3]) / 2
    made = (0.0, 0.0, wanted, wanted / aspect)
    return moved(made, middle[0] - wanted / 2, middle[1] - wanted / aspect / 2, size=size)


def _room(frame: Frame, side: int, axis: int, length: int) -> float:
    """Return how long a frame may get along an axis."""
    if side > 0:
        return length - frame[axis]
    return frame[axis + 2] if side < 0 else float(length)


def _placed(frame: Frame, side: int, axis: int, length: float, room: int) -> tuple[float, float]:
    """Return start and end along an axis: the edge that is not dragged stays, or else the middle."""
    if side > 0:
        return frame[axis], min(frame[axis] + length, float(room))
    if side < 0:
        return max(frame[axis + 2] - length, 0.0), frame[axis + 2]
    middle = (frame[axis] + frame[axis + 2]) / 2
    start = min(max(middle - length / 2, 0.0), room - length)
    return start, min(start + length, float(room))
