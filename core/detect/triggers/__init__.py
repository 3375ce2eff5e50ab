"""Reconstructing triggers: families of triggers, their inversion, and decoupling in feature space."""
