"""The forms that data come in: which arrays are images and labels, and how each form is read; used by the child."""
