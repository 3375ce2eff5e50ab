"""Drawn faces: identities with their own geometry, and images of them that vary like video frames.

Every number comes from a seed; no image of a real person is used. `traits` defines an identity, `views` the variation
between its images, and `drawing` computes the pixels.
"""

from core.demo.faces.drawing import IMAGE_HEIGHT, IMAGE_WIDTH, draw_faces
from core.demo.faces.traits import Traits, make_identities
from core.demo.faces.views import Views, make_views

__all__ = ["IMAGE_HEIGHT", "IMAGE_WIDTH", "Traits", "Views", "draw_faces", "make_identities", "make_views"]
