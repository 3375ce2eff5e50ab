"""Backdoor Inspector for notebooks and scripts."""
