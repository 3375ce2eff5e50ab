"""The engine of Backdoor Inspector: everything but the window. Nothing here knows Qt."""
