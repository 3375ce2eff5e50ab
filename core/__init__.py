"""The engine of Backdoor Inspector: everything except the window. It does not import Qt."""
