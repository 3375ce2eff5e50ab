"""The detectors, a file each, and their registry."""
