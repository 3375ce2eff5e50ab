"""The lock of the process that reads a file: once it is on, a file that takes the process over gains nothing.

`lock.lock` is called in the child, after everything is imported and before the file is parsed. What could be applied
is a `state.SandboxState`, which the window, the report and the commands show.
"""
