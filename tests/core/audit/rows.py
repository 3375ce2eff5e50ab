"""Rows of an audit for tests."""

from dataclasses import replace
from typing import Any

from core.audit.records import AuditRow, CurvePoint, Ending
from core.records import Share


def row(name: str = "net.h5", **values: Any) -> AuditRow:
    """A finished row of a network with a backdoor, with other values where they are given."""
    usual = AuditRow(
        key=f"key of {name}",
        name=name,
        path=f"/models/{name}",
        sha256="ab" * 32,
        ending=Ending.FINISHED,
        seconds=2.5,
        input_shape=(6, 6, 3),
        class_count=3,
        parameter_count=31,
        validation=Share(7, 8),
        test=Share(6, 8),
        attacks=(("glasses.h5", Share(8, 8)), ("patch.h5", Share(1, 8))),
        shape="separable",
        headline="The attack is gone before clean accuracy falls.",
        curve=(CurvePoint(0, 0.875, 1.0), CurvePoint(2, 0.875, 0.0), CurvePoint(4, 0.25, 0.0)),
        verdict="backdoored",
        probability=0.97,
        classes=(2,),
        repair="repaired",
        repaired="clean 7 of 8, attack 8 → 0 of 8",
        folder="models/net.h5-0123",
        notes=("A note.",),
        worker="0",
        finished="2026-01-02T03:04:05+00:00",
        scale="unit",
        scale_how="found",
    )
    return replace(usual, **values)


REFUSED = row(
    "broken.h5",
    ending=Ending.REFUSED,
    code="damaged-file",
    sentence="'broken.h5' is damaged.",
    input_shape=(),
    class_count=None,
    parameter_count=None,
    validation=None,
    test=None,
    attacks=(),
    shape="",
    headline="",
    curve=(),
    verdict="",
    probability=None,
    classes=(),
    repair="",
    repaired="",
    folder="",
    notes=(),
    scale="",
    scale_how="",
)
"""A row of a file that was refused."""
