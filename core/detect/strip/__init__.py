"""STRIP: whether a picture's answer survives blending with clean pictures."""
