"""Triggers that a person makes: placed, drawn, blended, tinted, waves, warps, and taken from pairs of images."""
