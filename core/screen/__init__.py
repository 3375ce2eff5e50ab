"""Screening of files: what was checked in each, and what was found."""
