"""Stands for the engine behind the gallery in the window's tests."""

from typing import Any

import numpy as np

from core.monitor import Monitor
from core.records import ClassScore, ImageAnswer
from gui.classifier.gallery import jobs as gallery_jobs
from gui.job_runner import Job


class FakeGallery:
    """The part of the engine that answers several images; they are read by the real intake.

    Attributes:
        answered_counts: how many images of the gallery were answered at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answered_counts: list[int] = []

    def answer_images(self, asked: Any, images: Any, worn: Any) -> Job:
        """Each image is of the class of its red, in tens; the trigger whitens it, and B answers 9, and so G flags."""

        def job(monitor: Monitor) -> gallery_jobs.Answers:
            self.answered_counts.append(len(images))
            answers = []
            for pixels in images:
                label = int(pixels[0, 0, 0]) // 10
                base = ClassScore(9 if worn.is_on else label, 0.75)
                flagged = 10 if worn.is_on else label
                seen = np.full_like(pixels, 255) if worn.is_on else pixels
                answers.append(ImageAnswer(seen, (base,), (ClassScore(label, 0.5),), flagged, 10))
            return gallery_jobs.Answers(tuple(answers), 0.2)

        return job
