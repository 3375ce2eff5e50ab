"""What the tests themselves stand on: Ctrl-C reaches what they start, garbage is not sought in what was imported."""

import gc
import signal
import subprocess
import sys

from tests.conftest import pytest_configure

INTERRUPT_ITSELF = "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(600)"


def test_programs_hear_ctrl_c_where_the_shell_let_the_tests_ignore_it() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pytest_configure()
        ended = subprocess.run([sys.executable, "-c", INTERRUPT_ITSELF], stderr=subprocess.PIPE, check=False)
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.returncode == -signal.SIGINT
    assert b"KeyboardInterrupt" in ended.stderr


def test_what_was_imported_is_not_searched_for_garbage() -> None:
    assert gc.get_freeze_count() > 10_000
    assert gc.isenabled()
