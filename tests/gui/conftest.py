"""What the window's tests share: a stand-in for the engine, answered dialogs, and a watch on the log."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.channels import ALL_LAYERS, Order, PrunableLayer, Ranking, Reader
from core.errors import DatasetError, ImageFileError, ModelFileError
from core.monitor import Monitor
from core.records import (
    Bypass,
    ClassScore,
    CleanScore,
    ModelSummary,
    PictureAnswer,
    PoisonedScore,
    PoisonedSet,
    Scale,
    ScaleFinding,
    Share,
    Side,
    Stop,
    Sweep,
    SweepEstimate,
    SweepPoint,
)
from gui import dialogs, jobs
from gui.desk import Desk
from gui.job_runner import Job
from gui.main_window import MainWindow
from gui.preferences import Preferences
from gui.workspace import StartFiles

CHANNEL_COUNT = 6
LIMIT_MS = 5000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Qt's offscreen platform say, of every top-level window, that it has no window manager to give hints to."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints"))


@dataclass
class DialogRecorder:
    """Answers dialogs with what a test prepared; one that nobody prepared fails the test."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    def prepare(self, name: str, *answers: Any) -> None:
        self.answers.setdefault(name, []).extend(answers)

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def _answer(self, name: str) -> Callable[..., Any]:
        def answer(*_parents: Any, **words: Any) -> Any:
            self.calls.append((name, words))
            if not self.answers.get(name):
                self.unexpected.append(f"{name}({words})")
                return () if name == "ask_open" else None
            return self.answers[name].pop(0)

        return answer

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in (
            "ask_open",
            "ask_trigger",
            "ask_save",
            "ask_to_close_sets",
            "show_unforeseen",
            "show_about",
            "show_method",
        ):
            monkeypatch.setattr(dialogs, name, self._answer(name))


@pytest.fixture(autouse=True)
def dialog(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[DialogRecorder]:
    """Every dialog of the window, recorded."""
    recorder = DialogRecorder()
    if "real_dialogs" not in request.fixturenames:
        recorder.patch(monkeypatch)
    yield recorder
    assert not recorder.unexpected, f"unexpected dialogs: {recorder.unexpected}"
    left = {name: answers for name, answers in recorder.answers.items() if answers}
    assert not left, f"dialogs that were expected and never came: {left}"


@pytest.fixture
def real_dialogs() -> None:
    """Ask for it to call the functions of `gui.dialogs` themselves."""


@pytest.fixture(autouse=True)
def own_preferences(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A settings folder for each test: what one window remembers is no other test's business."""
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CONFIG", str(tmp_path_factory.mktemp("config")))


@pytest.fixture(autouse=True)
def log_guard() -> Iterator[list[logging.LogRecord]]:
    """Warnings of the application's own log; a test that expects some takes them out of the list."""
    records: list[logging.LogRecord] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Handler(logging.WARNING)
    for name in ("core", "gui"):
        logging.getLogger(name).addHandler(handler)
    yield records
    for name in ("core", "gui"):
        logging.getLogger(name).removeHandler(handler)
    assert not records, f"unexpected in the log: {[record.getMessage() for record in records]}"


@pytest.fixture
def expect_refusal(log_guard: list[logging.LogRecord]) -> Callable[[str], None]:
    """Says that there is one warning in the log, with a code, and takes it out."""

    def expect(code: str) -> None:
        assert [code in record.getMessage() for record in log_guard] == [True]
        log_guard.clear()

    return expect


def make_summary(name: str = "net.h5", *, class_count: int = 10, side: int = 8) -> ModelSummary:
    readers = (Reader("conv_b", "Conv2D", True), Reader("dense", "Dense", True))
    return ModelSummary(
        path=Path("/somewhere") / name,
        sha256="0" * 64,
        source_format="keras",
        input_shape=(side, side, 3),
        class_count=class_count,
        parameter_count=1234,
        layers=(
            PrunableLayer("conv_a", "pool_a", CHANNEL_COUNT, readers),
            PrunableLayer("conv_b", "conv_b", 4, (Reader("dense", "Dense", True),)),
        ),
    )


@dataclass(frozen=True)
class FakeNetwork:
    """Stands for an open network."""

    summary: ModelSummary

    def layer(self, name: str) -> PrunableLayer:
        """A convolution, or all of them, the deepest first."""
        for each in self.summary.layers:
            if each.name == name:
                return each
        assert name == ALL_LAYERS
        parts = self.summary.layers[::-1]
        return PrunableLayer(ALL_LAYERS, "", sum(each.channel_count for each in parts), (), parts)


@dataclass(eq=False)
class FakeSet:
    """Stands for a data set."""

    path: Path
    side: int = 8
    image_count: int = 20

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return (self.side, self.side, 3)

    @property
    def labels(self) -> Any:
        return np.arange(self.image_count) % 5

    @property
    def target_labels(self) -> tuple[int, ...]:
        return (0,)


def make_point(step: int, total: int = 20) -> SweepPoint:
    """Clean accuracy falls by one image a step, so the fewer images the faster; ASR falls after step 3."""
    clean = Share(max(total - step, 0), total)
    attack = Share(total if step < 4 else 0, total)
    return SweepPoint(
        pruned_count=step,
        channel_index=step - 1,
        validation=CleanScore(clean, clean, Share(total - clean.count, total)),
        test=None,
        poisoned=(PoisonedScore(attack, attack, Share(0, total)),),
    )


def make_ranking(
    kind: Order = Order.ASCENDING, image_count: int = 20, *, layer: PrunableLayer | None = None
) -> Ranking:
    """The channels of the first convolution, or of another layer, each more active than the one before it."""
    layer = layer or make_summary().layers[0]
    order = np.arange(layer.channel_count)
    return Ranking(
        layer=layer,
        activations=np.arange(layer.channel_count, dtype=float),
        peaks=np.arange(layer.channel_count, dtype=float),
        order=order[::-1].copy() if kind is Order.DESCENDING else order,
        kind=kind,
        image_count=image_count,
        image_total=20,
    )


def make_estimate(
    image_count: int,
    *,
    is_order_final: bool = True,
    kind: Order = Order.ASCENDING,
    layer: PrunableLayer | None = None,
) -> SweepEstimate:
    """The curve by so many of the 20 images of each set; a provisional order is the other way round."""
    other = Order.ASCENDING if kind is Order.DESCENDING else Order.DESCENDING
    ranking = make_ranking(kind if is_order_final else other, 20 if is_order_final else image_count, layer=layer)
    points = tuple(make_point(step, image_count) for step in range(len(ranking.order) + 1))
    return SweepEstimate(ranking, points, image_count=2 * image_count, image_total=40)


class FakeEngine:
    """Stands for `core`: files are told apart by their names ("bad…" is refused, "small…" does not fit)."""

    estimates = ((2, False), (5, False), (5, True), (10, True), (15, True))  # images a set, whether the order is final

    def __init__(self) -> None:
        self.started: list[str] = []
        self.scored: list[list[bool]] = []
        self.released: list[Any] = []  # layers of runs that gave their memory back
        self.score_estimate: SweepPoint | None = None  # what is published of a mask while it is scored
        self.is_score_held = False  # a mask is scored until it is cancelled or this is False again
        self.classified: list[tuple[list[bool] | None, bool]] = []
        self.exported: list[tuple[str, Path]] = []
        self.saved: list[tuple[bool, list[bool], Path, bool]] = []
        self.stop_at: int | None = None  # a run waits after this one of its `estimates`
        self.unforeseen: Exception | None = None
        self.cautions: tuple[str, ...] = ()

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in (
            "warm_up",
            "open_model",
            "open_set",
            "check_fits",
            "demo_start",
            "find_scale",
            "inspect",
            "score",
            "find_bypass",
            "find_stops",
            "find_verdict",
            "find_cautions",
            "is_opaque",
            "open_picture",
            "open_trigger",
            "classify",
            "feature_map",
            "export",
            "save_network",
        ):
            monkeypatch.setattr(jobs, name, getattr(self, name))

    def warm_up(self) -> Job:
        return lambda monitor: None

    def open_model(self, path: Path) -> Job:
        def job(monitor: Monitor) -> Any:
            self.started.append(path.name)
            monitor.checkpoint("Opening")
            if path.name.startswith("bad"):
                raise ModelFileError(f"'{path.name}' is no model", code="not-a-model")
            if path.name.startswith("crash"):
                raise RuntimeError("nobody foresaw this")
            side = 4 if path.name.startswith("small") else 8
            summary = make_summary(path.name, side=side)
            if path.name.startswith("single"):
                summary = replace(summary, layers=summary.layers[:1])
            return FakeNetwork(replace(summary, is_repaired=path.name.startswith("repaired")))

        return job

    def open_set(self, path: Path, *, input_shape: Any, class_count: Any) -> Job:
        def job(monitor: Monitor) -> Any:
            self.started.append(path.name)
            if path.name.startswith("bad"):
                raise DatasetError(f"'{path.name}' has no data", code="missing-key")
            opened = FakeSet(path, side=4 if path.name.startswith("small") else 8)
            return opened if input_shape is None else self.check_fits(opened, input_shape=input_shape, class_count=10)

        return job

    def check_fits(self, dataset: FakeSet, *, input_shape: Any, class_count: int) -> FakeSet:
        if dataset.image_shape != input_shape:
            raise DatasetError(f"'{dataset.name}' does not fit", code="misfit-input")
        return dataset

    def demo_start(self) -> StartFiles:
        return StartFiles(Path("net.h5"), Path("v.h5"), Path("t.h5"), (Path("p.h5"),), Path("face.png"))

    def find_scale(self, network: Any, validation: FakeSet) -> Job:
        return lambda monitor: ScaleFinding(Scale.RAW, Share(19, 20), Share(1, 20), False)

    def inspect(self, inputs: jobs.RunInputs) -> Job:
        def job(monitor: Monitor) -> Any:
            layer = inputs.network.layer(ALL_LAYERS) if inputs.layer == ALL_LAYERS else None
            self.started.append(f"run {'all ' if layer else ''}{inputs.reader or 'output'} {inputs.order}")
            monitor.checkpoint("Measuring", done_count=0, total_count=20)
            monitor.publish(make_ranking(inputs.order, image_count=2, layer=layer))
            ranking = make_ranking(inputs.order, layer=layer)
            for place, (image_count, is_order_final) in enumerate(self.estimates):
                monitor.checkpoint("Pruning", done_count=image_count, total_count=20)
                if self.unforeseen is not None and place == 2:
                    raise self.unforeseen
                monitor.publish(ranking if is_order_final else make_ranking(inputs.order, image_count, layer=layer))
                estimate = make_estimate(image_count, is_order_final=is_order_final, kind=inputs.order, layer=layer)
                monitor.publish(estimate)
                while self.stop_at == place:
                    monitor.checkpoint("Pruning", done_count=image_count, total_count=20)
            sweep = Sweep(
                ranking=ranking,
                reader=inputs.reader,
                points=tuple(make_point(step) for step in range(len(ranking.order) + 1)),
                poisoned_sets=tuple(PoisonedSet(each.name, (0,), 20) for each in inputs.poisoned),
                bypass=self.find_bypass(ranking.layer, reader=inputs.reader),
                scale=Scale.RAW,
                settled_count=0,
            )
            bench = SimpleNamespace(
                is_quick=not ranking.layer.parts, release=lambda: self.released.append(inputs.layer)
            )
            return SimpleNamespace(sweep=sweep, scale_finding=inputs.scale_finding, workbench=bench)

        return job

    def find_bypass(self, layer: PrunableLayer, *, reader: str | None) -> Bypass | None:
        return None if reader is None else Bypass(layer.name, reader, ("dense",))

    def find_stops(self, sweep: Sweep | SweepEstimate, thresholds: Any) -> tuple[Stop, ...]:
        channel_count = sweep.ranking.layer.channel_count
        rows = [Stop(None, None, sweep.points[0], channel_count)]
        for threshold in thresholds:
            total = sweep.points[0].validation.pruned.total
            step = min(int(threshold * total) + 1, channel_count)
            rows.append(Stop(threshold, Side.BEFORE, sweep.points[step - 1], channel_count - step + 1))
            rows.append(Stop(threshold, Side.AFTER, sweep.points[step], channel_count - step))
        return tuple(rows)

    def find_verdict(self, sweep: Sweep, stops: Any, cautions: Any) -> Any:
        return SimpleNamespace(headline=f"Seen in {len(sweep.points)} steps.", sentences=("a reason", *cautions))

    def find_cautions(self, workspace: Any) -> tuple[str, ...]:
        return self.cautions if workspace.summary is not None else ()

    def is_opaque(self, trigger: Any) -> bool:
        return bool(trigger.name.startswith("opaque"))

    def score(self, workbench: Any, channel_mask: Any) -> Job:
        kept = channel_mask.tolist()

        def job(monitor: Monitor) -> SweepPoint:
            if self.score_estimate is not None:
                monitor.publish(self.score_estimate)
            while self.is_score_held:
                monitor.checkpoint("Scoring")
            if self.unforeseen is not None:
                raise self.unforeseen
            self.scored.append(kept)
            return make_point(kept.count(False))

        return job

    def open_picture(self, path: Path) -> Job:
        def job(monitor: Monitor) -> Any:

            if path.name.startswith("bad"):
                raise ImageFileError(f"'{path.name}' is no picture")
            return SimpleNamespace(name=path.name)

        return job

    def open_trigger(self, path: Path, *, height: int, width: int) -> Job:
        return lambda monitor: SimpleNamespace(name=path.name)

    def classify(self, masked: jobs.MaskedNetwork, shown: jobs.ShownPicture) -> Job:
        kept = None if masked.channel_mask is None else masked.channel_mask.tolist()

        def job(monitor: Monitor) -> PictureAnswer:
            self.classified.append((kept, shown.has_trigger))
            seen = np.zeros((8, 8, 3), np.uint8)
            seen.flags.writeable = False
            top = tuple(ClassScore(label, 0.2) for label in range(5))
            return PictureAnswer(seen, top, top, 10 if shown.has_trigger else 0, 10)

        return job

    def feature_map(self, masked: jobs.MaskedNetwork, shown: jobs.ShownPicture, channel: int) -> Job:
        def job(monitor: Monitor) -> Any:
            image = np.full((2, 2), float(channel), np.float32)
            image.flags.writeable = False
            return image

        return job

    def export(self, kind: str, path: Path, **_inputs: Any) -> Job:
        def job(monitor: Monitor) -> Path:
            self.exported.append((kind, path))
            return path

        return job

    def save_network(
        self, masked: jobs.MaskedNetwork, path: Path, *, is_repaired: bool, may_replace: bool, **_rest: Any
    ) -> Job:
        def job(monitor: Monitor) -> Any:
            assert masked.channel_mask is not None
            self.saved.append((is_repaired, masked.channel_mask.tolist(), path, may_replace))
            return SimpleNamespace(path=path)

        return job


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """A stand-in for the engine, so that no TensorFlow is needed."""
    fake = FakeEngine()
    fake.patch(monkeypatch)
    return fake


@dataclass
class Driver:
    """Drives a window and waits for it."""

    qtbot: QtBot
    desk: Desk

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(condition, timeout=LIMIT_MS)

    def settle(self) -> None:
        """Wait until no job runs or waits."""
        self.wait_until(lambda: not self.desk.runner.is_busy)

    def live_row(self) -> list[str]:
        """What the table says of the cursor's step."""
        model = self.desk.panels.results.model
        return [model.index(0, column).data() for column in range(model.columnCount())]

    def open_all(self) -> None:
        """Open a model, validation data and a poisoned set."""
        self.desk.open_start_files(StartFiles(Path("net.h5"), Path("v.h5"), None, (Path("p.h5"),)), is_run=False)
        self.settle()

    def run_all(self) -> None:
        """Open all and run to the end."""
        self.open_all()
        self.desk.run_control.start()
        self.settle()

    def start_run_that_waits(self, engine: FakeEngine, place: int) -> None:
        """Begin a run that goes no further than to one of its `estimates` until it is cancelled."""
        engine.stop_at = place
        self.desk.run_control.start()
        self.wait_for_estimate(place)

    def wait_for_estimate(self, place: int) -> SweepEstimate:
        """Wait until one of a run's `estimates` is on the screen."""
        image_count, is_order_final = FakeEngine.estimates[place]

        def has_come() -> bool:
            estimate = self.desk.workspace.run.estimate if self.desk.workspace.run is not None else None
            return estimate is not None and (estimate.image_count, estimate.is_order_final) == (
                2 * image_count,
                is_order_final,
            )

        self.wait_until(has_come)
        run = self.desk.workspace.run
        assert run is not None
        assert run.estimate is not None
        return run.estimate


@pytest.fixture
def open_window(qtbot: QtBot, engine: FakeEngine) -> Callable[[Preferences], Desk]:
    """Puts a window on the screen, with the stand-in engine behind it, and waits until it is furnished."""

    def open_one(preferences: Preferences) -> Desk:
        window = MainWindow(preferences)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitUntil(lambda: window.desk is not None, timeout=LIMIT_MS)
        assert window.desk is not None
        Driver(qtbot, window.desk).settle()
        return window.desk

    return open_one


@pytest.fixture
def desk(open_window: Callable[[Preferences], Desk]) -> Iterator[Desk]:
    """All that is on a window with nothing open."""
    desk = open_window(Preferences())
    yield desk
    desk.window.close()


@pytest.fixture
def driver(qtbot: QtBot, desk: Desk) -> Driver:
    """Drives `desk`."""
    return Driver(qtbot, desk)
