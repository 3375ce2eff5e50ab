"""The session changes all that belongs together first, and announces it afterwards, each part by its own signal."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.channels import LayerSet
from core.data.dataset import Dataset, from_arrays
from core.data.label_map import label_map_of
from core.data.stamped import stamped_set
from core.data.trigger import Trigger
from core.network.inputs import EvaluationInputs
from core.records import Share
from core.scale import Scale
from gui.state.compared import compared_repair
from gui.state.open_files import Role
from gui.state.pruning_run import Run, Settings
from gui.state.session import Session
from tests.gui.stand_in_figures import FakeNetwork, FakeSet, make_estimate, make_kept, make_point, make_summary
from tests.made_up_scales import found

SIGNALS = (
    "files_changed", "scale_changed", "image_changed", "run_changed", "mask_changed", "repairs_changed",
    "compared_changed", "classified_changed", "running_changed",
)  # fmt: skip


class Follower:
    """Writes down what was announced, and the state at that moment."""

    def __init__(self, session: Session) -> None:
        self.heard: list[str] = []
        self.seen: list[tuple[Any, ...]] = []
        self._session = session
        for name in SIGNALS:
            getattr(session, name).connect(lambda *_, name=name: self._note(name))

    def _note(self, name: str) -> None:
        session = self._session
        self.heard.append(name)
        self.seen.append(
            (session.network, session.run, session.step, session.repairs, session.compared, session.classified)
        )

    def take(self) -> list[str]:
        """What was announced since the last time; each follower saw the same state."""
        assert len(set(self.seen)) <= 1
        heard, self.heard, self.seen = self.heard, [], []
        return heard


@pytest.fixture
def session() -> Session:
    session = Session()
    session.set_files(
        FakeNetwork(make_summary()),  # type: ignore[arg-type]
        validation=FakeSet(Path("v.h5")),  # type: ignore[arg-type]
        test=None,
        poisoned=(FakeSet(Path("p.h5")),),  # type: ignore[arg-type]
        unlabelled=None,
    )
    run = Run(Settings(layer=LayerSet.of("conv_a")))
    run.take_estimate(make_estimate(15))
    session.show_run(run)
    return session


@pytest.fixture
def follower(session: Session) -> Follower:
    return Follower(session)


def make_repair(session: Session) -> Any:
    from gui.state.repair_settings import RepairSettings  # noqa: PLC0415 - as the window does
    from gui.state.repairs import RepairInputs  # noqa: PLC0415 - as the window does

    assert session.network is not None and session.validation is not None
    evaluation = EvaluationInputs(session.network, session.validation, None, session.poisoned, scale=Scale.RAW)
    inputs = RepairInputs(evaluation, None, RepairSettings())
    return make_kept("Occlusion", inputs)


def test_another_model_takes_all_with_it_before_anybody_hears(session: Session, follower: Follower) -> None:
    session.add_repair(make_repair(session))
    follower.take()
    session.close_network()
    assert follower.take() == [
        "files_changed", "repairs_changed", "compared_changed", "classified_changed", "run_changed", "mask_changed",
    ]  # fmt: skip
    assert (session.run, session.repairs, session.compared, session.classified) == (None, (), (), None)


def test_another_set_takes_the_curves_and_leaves_the_repairs(session: Session, follower: Follower) -> None:
    session.add_repair(make_repair(session))
    follower.take()
    session.put_set(Role.TEST, FakeSet(Path("t.h5")))  # type: ignore[arg-type]
    assert follower.take() == ["files_changed", "run_changed", "mask_changed"]
    assert session.run is None
    assert len(session.repairs) == 1


def test_images_without_labels_take_nothing_with_them(session: Session, follower: Follower) -> None:
    run = session.run
    session.put_set(Role.UNLABELLED, FakeSet(Path("more.h5")))  # type: ignore[arg-type]
    session.put_set(Role.UNLABELLED, None)
    assert follower.take() == ["files_changed", "files_changed"]
    assert session.run is run is not None


def test_a_repair_takes_its_place_and_is_asked(session: Session, follower: Follower) -> None:
    session.add_repair(make_repair(session))
    assert follower.take() == ["repairs_changed", "compared_changed", "classified_changed"]
    assert session.classified is session.compared[-1]
    session.set_classified(session.classified)
    assert follower.take() == []
    session.remove_compared(session.compared[0])
    assert session.repairs == session.compared == ()
    assert session.classified is None


def test_what_is_asked_stays_asked_when_it_is_counted_anew(session: Session, follower: Follower) -> None:
    kept = make_repair(session)
    session.add_repair(kept)
    follower.take()
    newer = compared_repair(kept)
    session.replace_compared((newer,))
    assert follower.heard == ["compared_changed", "classified_changed"]
    assert session.classified is newer


def test_the_cursor_and_the_hand_announce_another_network(session: Session, follower: Follower) -> None:
    session.go_to(99)
    assert session.step == 6
    assert follower.take() == ["mask_changed"]
    mask = session.channel_mask
    assert mask is not None
    session.set_hand(~mask, None)
    assert follower.take() == ["mask_changed"]
    session.score_hand(make_point(3), is_estimate=True)
    session.score_hand(make_point(2))
    assert follower.take() == []  # the same network; more is known of it
    assert (session.hand_point, session.hand_estimate) == (make_point(2), None)


def test_an_estimate_announces_another_network_alone(session: Session, follower: Follower) -> None:
    run = session.run
    assert run is not None
    session.take_estimate(run, make_estimate(15), step=0)
    assert follower.take() == []
    session.take_estimate(run, make_estimate(15), step=2)
    assert follower.take() == ["mask_changed"]


def test_settings_and_findings_announce_the_pixel_range(session: Session, follower: Follower) -> None:
    session.choose_settings(Settings(layer=LayerSet.of("conv_a"), scale=Scale.UNIT))
    assert follower.take() == ["scale_changed", "run_changed", "mask_changed"]
    session.set_scale_finding(found(Scale.RAW, Share(9, 9), Share(0, 9)))
    session.set_running(True)
    session.set_trigger_on(True)
    assert follower.take() == ["scale_changed", "running_changed", "image_changed"]


def estimated(name: str = "v.h5", *, label: int = 0) -> Dataset:
    """A poisoned set that is made of four clean images."""
    clean = from_arrays(name, np.zeros((4, 2, 2, 3), np.uint8), np.array([0, 1, 2, 1]))
    rgba = np.full((2, 2, 4), 0.5, np.float32)
    return stamped_set(clean, Trigger("found", rgba), label, scale=Scale.RAW)


def names_of(session: Session) -> list[str]:
    return [each.name for each in session.poisoned]


def test_an_estimated_set_never_replaces_a_real_one_and_gives_way_to_one(session: Session) -> None:
    session.put_set(Role.POISONED, estimated())
    session.put_set(Role.POISONED, estimated(label=2))
    assert names_of(session) == ["p.h5", estimated().name, estimated(label=2).name]
    session.put_set(Role.POISONED, estimated(label=2))
    assert len(session.poisoned) == 3
    session.put_set(Role.POISONED, FakeSet(Path("q.h5")))  # type: ignore[arg-type]
    assert names_of(session) == ["p.h5", "q.h5"]


def test_an_estimated_set_follows_the_validation_set(session: Session) -> None:
    session.put_set(Role.POISONED, estimated())
    other = from_arrays("other.h5", np.full((3, 2, 2, 3), 9, np.uint8), np.array([1, 2, 3]))
    session.put_set(Role.VALIDATION, other)
    assert names_of(session)[1].startswith("other.h5 (estimated")
    assert session.poisoned[1].image_count == 3
    session.set_order(Role.VALIDATION, label_map_of("from-1", 4))
    assert session.poisoned[1].image_count == 2  # of the first label, which is now class 0, there is one
    assert names_of(session)[1].startswith("other.h5 (estimated")
    only_targets = from_arrays("zeros.h5", np.zeros((3, 2, 2, 3), np.uint8), np.zeros(3))
    session.put_set(Role.VALIDATION, only_targets)
    assert names_of(session) == ["p.h5"]


@pytest.mark.parametrize("change", ["close validation", "close network", "another network"])
def test_an_estimated_set_ends_with_what_it_was_made_of(session: Session, change: str) -> None:
    session.put_set(Role.POISONED, estimated())
    if change == "close validation":
        session.put_set(Role.VALIDATION, None)
    elif change == "close network":
        session.close_network()
    else:
        session.set_files(
            FakeNetwork(make_summary()),  # type: ignore[arg-type]
            validation=session.validation,
            test=None,
            poisoned=session.poisoned,
            unlabelled=None,
        )
    assert names_of(session) == ["p.h5"]
