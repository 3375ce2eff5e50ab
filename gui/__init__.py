"""The window of Backdoor Inspector. Panels know core's records, not each other."""
