"""Explains terms and parts of the window where they stand."""
