"""Layouts that fit to little room and to large text."""
