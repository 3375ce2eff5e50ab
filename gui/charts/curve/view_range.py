"""The part of a chart that is in view: zoomed, moved and reset, never beyond the data. No Qt."""

from dataclasses import dataclass

LEAST_X, LEAST_Y = 2.0, 1.0  # the smallest part that can fill the view: two steps, one percent


@dataclass(slots=True)
class Span:
    """A range on one axis, inside the range of everything.

    Attributes:
        home: the ends of everything.
        least: the smallest range that can be in view.
        low: the lower end of what is in view.
        high: the upper end.
    """

    home: tuple[float, float]
    least: float
    low: float = 0.0
    high: float = 0.0

    def __post_init__(self) -> None:
        self.reset()

    @property
    def is_whole(self) -> bool:
        """Whether everything is in view."""
        return (self.low, self.high) == self.home

    def reset(self) -> None:
        """Bring everything into view."""
        self.low, self.high = self.home

    def set_home(self, low: float, high: float) -> None:
        """Set the ends of everything; what was in view stays, as far as it is inside."""
        was_whole, self.home = self.is_whole, (low, high)
        if was_whole:
            self.reset()
        else:
            self.show(self.low, self.high)

    def show(self, low: float, high: float) -> None:
        """Bring a range into view, moved and narrowed so that it lies inside of everything."""
        start, end = self.home
        width = min(max(abs(high - low), min(self.least, end - start)), end - start)
        middle = (low + high) / 2
        self.low = min(max(middle - width / 2, start), end - width)
        self.high = self.low + width
        if width >= end - start:
            self.reset()

    def scale(self, factor: float, at: float) -> None:
        """Show `factor` times as much; what lies at `at` stays where it is."""
        at = min(max(at, self.low), self.high)
        width = self.high - self.low
        wanted = min(max(width * factor, min(self.least, self.home[1] - self.home[0])), self.home[1] - self.home[0])
        low = at - (at - self.low) * wanted / width
        self.show(low, low + wanted)

    def move(self, distance: float) -> None:
        """Move what is in view, as far as there is more."""
        distance = min(max(distance, self.home[0] - self.low), self.home[1] - self.high)
        self.low, self.high = self.low + distance, self.high + distance

    def reveal(self, value: float) -> None:
        """Move what is in view until a value is in it."""
        if value < self.low:
            self.move(value - self.low)
        elif value > self.high:
            self.move(value - self.high)


class ViewRange:
    """What is in view on both axes.

    Attributes:
        x: on the x axis.
        y: on the y axis.
    """

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.x = Span(x, LEAST_X)
        self.y = Span(y, LEAST_Y)

    @property
    def is_whole(self) -> bool:
        """Whether everything is in view."""
        return self.x.is_whole and self.y.is_whole

    def reset(self) -> None:
        """Bring everything into view."""
        self.x.reset()
        self.y.reset()
