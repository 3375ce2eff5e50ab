"""An example image of each class, made when it is first seen."""

import logging
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QPixmap

from core.errors import InspectorError
from gui.images.thumbnails import as_pixmap
from gui.state.session import Session
from gui.theme import class_names

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.scale import Scale

logger = logging.getLogger(__name__)

SIDE = 96  # of an example image, in pixels
KEPT = 2_000


class ExampleFaces(QObject):
    """Takes the first image of each class from the clean validation set, or without one from the clean test set."""

    def __init__(self, *, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._dataset: Dataset | None = None
        self._scale: Scale | None = None
        self._rows: dict[int, int] = {}
        self._made: dict[int, QPixmap] = {}
        session.files_changed.connect(self._follow)
        session.scale_changed.connect(self._follow)

    def face(self, label: int) -> QPixmap | None:
        """Return the example image of a class; None if there is none."""
        from core.images.pixels import seen_pixels  # noqa: PLC0415 - brings the reading of data

        made = self._made.get(label)
        row = self._rows.get(label)
        if made is not None or row is None or self._dataset is None or self._scale is None:
            return made
        if len(self._made) >= KEPT:
            self._made.clear()
        try:
            pixels = seen_pixels(self._dataset, np.array([row]), scale=self._scale)[0]
        except (OSError, InspectorError) as error:  # the images of a large file are read from the disk
            logger.warning("The example image of class %d cannot be read: %s", label, error)
            del self._rows[label]
            return None
        self._made[label] = as_pixmap(pixels, largest_side=SIDE)
        return self._made[label]

    def release(self) -> None:
        """Show no example images any more."""
        self._dataset, self._rows = None, {}
        self._made.clear()
        class_names.use_faces(None)

    @Slot()
    def _follow(self) -> None:
        """Take the images from the open set."""
        session = self._session
        dataset = (session.validation or session.test) if session.network is not None else None
        if dataset is self._dataset and session.scale == self._scale:
            return
        self._dataset, self._scale = dataset, session.scale
        self._made.clear()
        self._rows = {}
        if dataset is not None:
            labels, rows = np.unique(dataset.labels, return_index=True)
            self._rows = dict(zip(labels.tolist(), rows.tolist(), strict=True))
        class_names.use_faces(self.face if self._rows else None)
