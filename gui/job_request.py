"""A job, and the request to run it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.monitor import Monitor

Job = Callable[[Monitor], Any]
NO_INPUTS = object()


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A job and its inputs.

    Attributes:
        job: the job.
        inputs: passed with each result, as second argument of `on_succeeded` and `on_published`; `NO_INPUTS` for none.
        files: the open network and sets that it computes with; it is stopped when one of them is closed.
    """

    job: Job
    inputs: Any
    files: tuple[object, ...] = ()

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What is passed with each result."""
        return () if self.inputs is NO_INPUTS else (self.inputs,)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """A request to run one job.

    Attributes:
        name: what the job does, as shown to the user ("Opening bd_net.h5").
        make: builds the job on the GUI thread when its turn comes, so that it captures the newest state; returns None
            if there is nothing left to do, and a `Question` if the result is to be passed with its inputs.
        on_succeeded: receives the job's result on the GUI thread.
        on_published: receives each partial result on the GUI thread.
        on_failed: receives the error on the GUI thread.
        on_cancelled: called on the GUI thread.
        key: a waiting request with the same key is replaced by this one.
        is_light: a short job for a click, a hover or a dropped image. It shows no progress, passes partial results only
            to its own `on_published`, and is not stopped by "Cancel". While another job runs, it runs at one of that
            job's checkpoints, or else after all others; `make` is then called again.
    """

    name: str
    make: Callable[[], Job | Question | None]
    on_succeeded: Callable[..., None] | None = None
    on_published: Callable[..., None] | None = None
    on_failed: Callable[[Exception], None] | None = None
    on_cancelled: Callable[[], None] | None = None
    key: str | None = None
    is_light: bool = False
