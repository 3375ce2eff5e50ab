"""Answers for single images as files."""
