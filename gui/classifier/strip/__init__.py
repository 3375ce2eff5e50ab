"""Blending the image with clean ones (STRIP): how it is asked, computed and shown."""
