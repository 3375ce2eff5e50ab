"""Detections in words, and as CSV, JSON and HTML."""
