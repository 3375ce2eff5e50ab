"""The sandbox's state in words, and from a child that may lie."""

import pytest

from core.intake.sandbox.state import CALLS, FILES, LIMITS, SandboxState, weakest

ON = SandboxState(((FILES, "on"), (CALLS, "on")))
PART = SandboxState(((FILES, "no Landlock"), (CALLS, "on")))
OFF = SandboxState(((FILES, "no Landlock"), (CALLS, "no table")))


def test_the_sentence_says_what_is_missing_and_why() -> None:
    assert ON.sentence == "on"
    assert PART.sentence == "only partly on (system calls), files: no Landlock"
    assert OFF.sentence == "off, files: no Landlock; system calls: no table"
    assert SandboxState().sentence == "off, its state is unknown"
    assert [each.is_on for each in (ON, PART, OFF, SandboxState())] == [True, False, False, False]


def test_the_weakest_counts() -> None:
    assert weakest([ON]) == ON
    assert weakest([ON, PART, OFF]) == OFF
    assert weakest([SandboxState(), PART]) == SandboxState()


def test_it_survives_json() -> None:
    for state in (ON, PART, OFF, SandboxState()):
        assert SandboxState.from_json(state.as_json()) == state


@pytest.mark.parametrize("values", [None, [], "on", {"more": "on"}, {FILES: 1}, {FILES: ""}, {LIMITS: None}])
def test_nonsense_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match="sandbox"):
        SandboxState.from_json(values)


def test_words_of_the_child_are_cleaned() -> None:
    state = SandboxState.from_json({FILES: "a\nb\x1b[31m" + "x" * 1000})
    assert state.sentence.isprintable()
    assert len(state.sentence) < 300
