"""Records become JSON and records again, exactly; other values are refused."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import SessionFileError
from core.findings.label_order import LabelMap
from core.order.order import PruningOrder
from core.order.orders.registry import ORDERS
from core.records import AttackKind, Share, Side, Target
from core.repair.method import RepairMethod
from core.repair.methods.registry import METHODS
from core.repair.recipe_records import Plan, all_plans
from core.session_file.decoding import Decoder, MissingInputError
from core.session_file.encoding import Encoder, NotStorableError


@dataclass(frozen=True, slots=True)
class Inner:
    share: Share
    side: Side = Side.BEFORE
    target: Target = None


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    name: str
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outer:
    number: float
    count: int
    is_so: bool
    path: Path
    inner: tuple[Inner, ...]
    by_class: Mapping[int, NDArray[np.bool_]]
    order: PruningOrder
    method: RepairMethod | None
    label_map: LabelMap | None
    held: Held
    again: Held
    plans: tuple[Plan, ...] = ()
    values: tuple[tuple[str, Any], ...] = ()


class Outside:
    """Something that is no record."""


@dataclass(frozen=True, slots=True, eq=False)
class Needy:
    own: tuple[Held, ...]
    needs: Outside | None
    all_of: tuple[Outside, ...] = ()


def no_link(_value: object) -> None:
    return None


def refuse_link(_kind: type, _value: Any) -> Any:
    raise MissingInputError


def decoder_of(encoder: Encoder, **words: Any) -> Decoder:
    objects = json.loads(json.dumps(encoder.objects, allow_nan=False))
    return Decoder(arrays=encoder.arrays, objects=objects, **{"link": refuse_link, "links": (), **words})


def through(value: Any, kind: Any) -> Any:
    encoder = Encoder(no_link)
    text = json.dumps(encoder.encode(value), allow_nan=False)
    return decoder_of(encoder).decode(kind, json.loads(text))


@pytest.fixture
def outer() -> Outer:
    held = Held("one", np.array([1.5, math.nan, -math.inf]))
    return Outer(
        number=0.1 + 0.2,
        count=2**53 + 1,
        is_so=True,
        path=Path("a/b c.h5"),
        inner=(Inner(Share(1, 3)), Inner(Share(0, 0), Side.AFTER, 7), Inner(Share(0, 1), target=AttackKind.NEXT)),
        by_class={3: np.array([True, False])},
        order=next(iter(ORDERS)),
        method=METHODS.get("occlusion"),
        label_map=LabelMap("found", {2: 0, 5: 1}),
        held=held,
        again=held,
        plans=all_plans(),
        values=(("epochs", 3), ("rate", 0.5), ("is", False), ("nothing", None), ("infinite", math.inf)),
    )


def test_every_kind_of_value_comes_back(outer: Outer) -> None:
    back = through(outer, Outer)
    for name in ("number", "count", "is_so", "path", "inner", "plans", "values"):
        assert getattr(back, name) == getattr(outer, name), name
    assert back.order is outer.order
    assert back.method is outer.method
    assert back.label_map == outer.label_map
    assert back.again is back.held
    assert back.held.values.tobytes() == outer.held.values.tobytes()
    assert list(back.by_class) == [3]
    assert np.array_equal(back.by_class[3], outer.by_class[3])
    assert isinstance(back.inner[2].target, AttackKind)


@pytest.mark.parametrize("number", [0.1, 1e-320, 5e300, -0.0, math.inf, -math.inf])
def test_numbers_are_exact(number: float) -> None:
    back = through(number, float)
    assert (back, math.copysign(1, back)) == (number, math.copysign(1, number))
    assert math.isnan(through(math.nan, float))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (int, "1"),
        (int, True),
        (int, 1.0),
        (bool, 1),
        (str, None),
        (float, "1"),
        (float, True),
        (float, {"number": "1e999"}),
        (Path, 3),
        (Path, "a\0b"),
        (Side, "sideways"),
        (tuple[int, ...], {"a": 1}),
        (tuple[int, str], [1]),
        (Mapping[int, int], [[1]]),
        (Mapping[int, int], [[1, 2], [1, 3]]),
        (Share, {"count": 5, "total": 3}),
        (Share, {"count": 1}),
        (Share, {"count": 1, "total": 3, "__class__": "os.system"}),
        (Share, [1, 3]),
        (Held, {"object": 0}),
        (Held, {"name": "not shared"}),
        (NDArray[np.float64], {"array": "a0"}),
        (NDArray[np.float64], {"array": ["a0"]}),
        (PruningOrder, "made-up"),
        (RepairMethod, 1),
        (int | None, "x"),
        (Any, {"code": 1}),
    ],
)
def test_other_values_are_refused(kind: Any, value: Any) -> None:
    with pytest.raises(SessionFileError):
        decoder_of(Encoder(no_link)).decode(kind, value)


def test_an_array_of_another_type_is_refused() -> None:
    decoder = Decoder(arrays={"a0": np.zeros(3, np.float32)}, objects=[], link=refuse_link, links=())
    with pytest.raises(SessionFileError):
        decoder.decode(NDArray[np.float64], {"array": "a0"})


def test_a_record_that_holds_itself_is_refused() -> None:
    value = {"own": [{"object": 0}], "needs": None}
    decoder = Decoder(arrays={}, objects=[value], link=refuse_link, links=(Outside,))
    with pytest.raises(SessionFileError):
        decoder.decode(Needy, {"object": 0})


def test_what_has_no_exact_form_is_not_stored() -> None:
    for value in (Outside(), np.zeros(3, np.float16), {1, 2}, np.array(["a"])):
        with pytest.raises(NotStorableError):
            Encoder(no_link).encode(value)


def test_what_needs_a_missing_file_is_left_out_where_that_is_allowed() -> None:
    def link(value: object) -> Any:
        return {"outside": 1} if isinstance(value, Outside) else None

    encoder = Encoder(link)
    held = Held("one", np.zeros(2))
    value = json.loads(json.dumps(encoder.encode(Needy((held,), Outside(), (Outside(), Outside())))))
    with pytest.raises(MissingInputError):
        decoder_of(encoder, links=(Outside,)).decode(Needy, value)
    decoder = decoder_of(encoder, links=(Outside,), may_lack=frozenset({(Needy, "needs"), (Needy, "all_of")}))
    back = decoder.decode(Needy, value)
    assert back.own[0].name == "one"
    assert back.needs is None
    assert back.all_of == ()
    assert sorted(name for _, name in decoder.lacking) == ["all_of", "all_of", "needs"]
