"""Progress is throttled but always reports the first, the last and each stage change; cancel stops at once."""

import pytest

from core.errors import Cancelled
from core.monitor import Monitor, Progress


def test_throttling_lets_first_last_and_stage_changes_through():
    now_s = [0.0]
    seen = []
    monitor = Monitor(on_progress=seen.append, clock=lambda: now_s[0])
    for done_count in range(101):
        monitor.checkpoint("One", done_count=done_count, total_count=100)
        now_s[0] += 0.01
    assert (seen[0].done_count, seen[-1].done_count) == (0, 100)
    assert 18 <= len(seen) <= 23
    monitor.checkpoint("Two", done_count=0, total_count=10)
    assert seen[-1].stage == "Two"
    assert seen[-1].remaining_s is None


def test_remaining_time_follows_the_pace():
    now_s = [0.0]
    seen = []
    monitor = Monitor(on_progress=seen.append, clock=lambda: now_s[0])
    monitor.checkpoint("One", done_count=0, total_count=10)
    now_s[0] = 4.0
    monitor.checkpoint("One", done_count=4, total_count=10)
    assert seen[-1].remaining_s == pytest.approx(6.0)
    assert seen[-1].fraction == pytest.approx(0.4)


def test_a_stage_of_the_same_name_that_begins_anew_has_its_own_time():
    now_s = [0.0]
    seen = []
    monitor = Monitor(on_progress=seen.append, clock=lambda: now_s[0])
    for begin_s in (0.0, 100.0):
        for done_count in range(10):
            now_s[0] = begin_s + done_count
            monitor.checkpoint("One", done_count=done_count, total_count=10)
    assert seen[10].remaining_s is None
    assert seen[-1].elapsed_s == pytest.approx(9)
    assert seen[-1].remaining_s == pytest.approx(1)


def test_unequal_units_are_told_by_their_work():
    now_s = [0.0]
    seen = []
    monitor = Monitor(on_progress=seen.append, clock=lambda: now_s[0])
    monitor.checkpoint("One", done_count=0, total_count=10)
    now_s[0] = 4.0
    monitor.checkpoint("One", done_count=9, total_count=10, fraction=0.25)
    assert seen[-1].fraction == 0.25
    assert seen[-1].remaining_s == pytest.approx(12.0)
    assert seen[0].fraction == 0
    assert seen[0].remaining_s is None


def test_cancel_raises_at_the_next_checkpoint_and_partials_pass():
    seen = []
    monitor = Monitor(on_partial=seen.append)
    monitor.publish("part")
    monitor.checkpoint("One")
    monitor.cancel()
    assert monitor.is_cancelled
    with pytest.raises(Cancelled):
        monitor.checkpoint("One")
    assert seen == ["part"]
    Monitor().publish("nobody listens")


def test_a_wanted_that_was_heard_stops_nothing_more_unless_it_was_final():
    monitor = Monitor()
    monitor.cancel()
    assert monitor.resume()
    monitor.checkpoint("Scoring what there is")
    monitor.cancel()
    with pytest.raises(Cancelled):
        monitor.checkpoint("Scoring what there is")
    monitor.cancel(is_final=True)
    assert not monitor.resume()
    assert monitor.is_cancelled


def test_a_stopped_job_says_at_once_what_it_still_does_and_is_granted_that_once() -> None:
    seen: list[Progress] = []
    monitor = Monitor(on_progress=seen.append)
    monitor.narrow("nothing was stopped")
    monitor.checkpoint("Refitting", done_count=1, total_count=9)
    assert seen[-1].remainder == ""
    monitor.cancel()
    assert monitor.resume("keeping the best epoch")
    assert (seen[-1].stage, seen[-1].remainder) == ("Refitting", "keeping the best epoch")
    monitor.narrow("scoring the best epoch on 3 sets")
    monitor.checkpoint("test.h5", done_count=0, total_count=9)
    assert (seen[-1].stage, seen[-1].remainder) == ("test.h5", "scoring the best epoch on 3 sets")
    monitor.cancel()
    with pytest.raises(Cancelled):
        monitor.checkpoint("test.h5")
    assert not monitor.resume("scoring it all the same")
    assert monitor.is_cancelled
    assert monitor.resume(has_result=True)  # nothing is left to wait for
    assert not monitor.is_cancelled


def test_an_unseen_monitor_stops_with_the_other_and_shows_nothing() -> None:
    shown: list[Progress] = []
    monitor = Monitor(on_progress=shown.append)
    unseen = monitor.unseen()
    unseen.checkpoint("Reading", done_count=1, total_count=1)
    assert shown == []
    monitor.cancel()
    assert unseen.is_cancelled
    with pytest.raises(Cancelled):
        unseen.checkpoint("Reading")
