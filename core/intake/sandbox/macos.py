"""macOS' sandbox: the profile, and locking this process with it as `sandbox-exec` does before it starts a program.

Unlike `sandbox-exec` this locks a process that has imported everything, so that the profile need not allow reading
Python and its libraries. Apple calls the function deprecated, and so `sandbox-exec`; browsers use it nevertheless.

Source: <sandbox.h>; the profiles in /System/Library/Sandbox/Profiles.
"""

import ctypes
import os
from pathlib import Path
from typing import Any

from core.intake.sandbox.state import ON

_PROFILE = """(version 1)
(allow default)
(deny network*)
(deny process-exec*)
(deny process-fork)
(deny mach-lookup)
(deny ipc-posix*)
(deny signal)
(allow signal (target self))
(deny file-read-data)
(deny file-write*)
(allow file-write-create (subpath {folder}))
(allow file-write-data (subpath {folder}))
"""


def profile(folder: Path) -> str:
    """Return the profile: open files can be read, new ones can be made in a folder (a real path, without links)."""
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    return _PROFILE.replace("{folder}", f'"{quoted}"')


def apply(library: Any, folder: Path) -> str:
    """Lock this process with the profile; return "on".

    Raises:
        OSError: the system refused the profile.
    """
    complaint = ctypes.c_char_p()
    text = os.fsencode(profile(Path(os.path.realpath(folder))))
    if library.sandbox_init(ctypes.c_char_p(text), ctypes.c_uint64(0), ctypes.byref(complaint)) != 0:
        raise OSError((complaint.value or b"no reason given").decode("utf-8", "replace"))
    return ON
