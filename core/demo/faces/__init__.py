"""Drawn faces: identities with a geometry of their own, and images of them that vary as video frames do.

Every number comes from a seed, no image of a real person is used. `traits` says who somebody is, `views` how one
image of them differs from the next, `drawing` makes the pixels.
"""

from core.demo.faces.drawing import IMAGE_HEIGHT, IMAGE_WIDTH, draw_faces
from core.demo.faces.traits import Traits, make_identities
from core.demo.faces.views import Views, make_views

__all__ = ["IMAGE_HEIGHT", "IMAGE_WIDTH", "Traits", "Views", "draw_faces", "make_identities", "make_views"]
