"""What each file is opened as, by the facts about it."""

from pathlib import Path

import pytest

from core.recognition.records import Answers, FileRole, Found, Kind, Proposal, SetFacts
from core.recognition.roles import propose

V, T, P, U = FileRole.VALIDATION, FileRole.TEST, FileRole.POISONED, FileRole.UNLABELLED


def answers(*, right: int = 0, next_class: int = 0, favourite: int = 10) -> Answers:
    return Answers("net.h5", 100, right, next_class, 0, favourite)


def a_set(name: str, *told: Answers, labels: int = 10, has_many: bool = True) -> Found:
    return Found(Path(name), Kind.DATA, "100 images", facts=SetFacts(100, labels, has_many, told))


def a_network(name: str, words: str = "a network") -> Found:
    return Found(Path(name), Kind.MODEL, words)


def roles(proposals: tuple[Proposal, ...]) -> list[tuple[FileRole, bool]]:
    """The role of each file, and whether it is clear."""
    return [(each.role, not each.doubt) for each in proposals]


@pytest.mark.parametrize(
    ("found", "role", "is_clear"),
    [
        (a_set("a.h5", answers(right=95)), V, True),
        (a_set("a.h5", answers(right=98), labels=1, has_many=False), P, True),
        (a_set("a.h5", answers(right=10, favourite=99)), P, True),  # true labels, one answer
        (a_set("a.h5", answers(right=2, next_class=97)), P, True),  # all to all
        (a_set("poisoned.h5", answers(right=95)), P, True),  # all to all with target labels looks the same
        (a_set("clean.h5", answers(right=95)), V, True),
        (a_set("a.h5", answers(right=20, favourite=30)), V, True),  # a poor network
        (a_set("clean.h5", answers(right=98), labels=1, has_many=False), P, False),
        (a_set("clean.h5", answers(right=10, favourite=99)), P, False),
        (a_set("a.h5", answers(right=2), labels=1, has_many=False), U, False),
        (a_set("a.h5", labels=1, has_many=False), P, False),
        (a_set("bad.h5", labels=1, has_many=False), P, True),
        (a_set("a.h5"), V, True),
        (a_set("bd_test.h5"), P, True),
        (a_set("test.h5", answers(right=95)), T, True),
        (a_set("train.h5", answers(right=95)), U, True),
    ],
)
def test_a_single_set(found: Found, role: FileRole, is_clear: bool) -> None:
    assert roles(propose([found])) == [(role, is_clear)]


def test_names_break_the_tie_of_clean_sets_and_else_a_person_does() -> None:
    clean = answers(right=95)
    named = [a_set("x_test.h5", clean), a_set("x_valid.h5", clean), a_set("x_train.h5", clean)]
    assert roles(propose(named)) == [(T, True), (V, True), (U, True)]
    assert roles(propose([a_set("x_test.h5", clean), a_set("other.h5", clean)])) == [(T, True), (V, True)]
    both = propose([a_set("one.h5", clean), a_set("two.h5", clean)])
    assert roles(both) == [(V, False), (T, False)]
    rivals = propose([a_set("a_valid.h5", clean), a_set("b_valid.h5", clean)])
    assert roles(rivals) == [(V, False), (T, False)]
    assert "clean validation set" in rivals[0].doubt


def test_a_set_beside_an_open_one_is_not_taken_for_granted() -> None:
    clean = a_set("other.h5", answers(right=95))
    assert roles(propose([clean], open_roles={V})) == [(T, False)]
    assert roles(propose([a_set("valid.h5", answers(right=95))], open_roles={V})) == [(V, True)]  # takes its place


def test_of_several_networks_the_one_that_is_not_repaired_is_proposed() -> None:
    made = [a_network("lab_pruned_4.h5"), a_network("lab.h5"), a_network("g.keras", "a repaired network: 3 classes")]
    assert roles(propose(made)) == [(FileRole.NONE, False), (FileRole.MODEL, False), (FileRole.NONE, False)]
    assert roles(propose(made[:1])) == [(FileRole.MODEL, True)]


def test_images_with_transparent_pixels_and_folders_of_very_many(tmp_path: Path) -> None:
    see_through = Found(Path("a.png"), Kind.SEE_THROUGH, "a picture", images=(Path("a.png"),))
    assert roles(propose([see_through])) == [(FileRole.IMAGE, False)]
    trigger = Found(Path("my_trigger.png"), Kind.SEE_THROUGH, "a picture")
    assert roles(propose([trigger])) == [(FileRole.TRIGGER, True)]
    many = Found(tmp_path, Kind.IMAGES, "pictures", images=tuple(tmp_path / f"{number}.png" for number in range(501)))
    assert roles(propose([many])) == [(U, False)]
    few = Found(tmp_path, Kind.IMAGES, "pictures", images=many.images[:5])
    assert roles(propose([few])) == [(FileRole.IMAGE, True)]


def test_the_place_of_the_drop_decides_for_a_single_file_that_suits_it() -> None:
    clean = a_set("poisoned.h5", answers(right=95))
    assert roles(propose([clean], preferred=T)) == [(T, True)]
    assert roles(propose([a_network("a.h5")], preferred=T)) == [(FileRole.MODEL, True)]
    assert roles(propose([clean, a_network("a.h5")], preferred=T)) == [(P, True), (FileRole.MODEL, True)]
