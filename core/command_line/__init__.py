"""The main job without a window: what each command does, its progress, its refusals and its output folder."""
