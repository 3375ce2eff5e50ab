"""The window's colours, light and dark; no Qt.

The series colours follow Okabe and Ito's palette, which people with any of the three colour-vision deficiencies can
tell apart; charts never rely on colour alone (dashes, marks and words go with it).
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as `#rrggbb`.

    Attributes:
        name: "light" or "dark".
        window: behind the panels.
        surface: a panel.
        raised: a field, button or header on a panel.
        border: lines between panels and fields.
        grid: lines inside a chart.
        text: text.
        muted: secondary text.
        disabled: text of disabled widgets.
        accent: focus, links, selected items.
        on_accent: text on `accent`.
        selection: background of a chosen row.
        validation: clean validation accuracy.
        test: clean test accuracy.
        asr: ASR, one colour per poisoned set, used in turn.
        detection: G's detection rate.
        false_alarm: G's false alarm rate.
        runs: pruning runs that are drawn beside another one.
        base: network B.
        pruned_network: network B′.
        repaired: network G.
        kept: a channel that is kept.
        pruned: a channel that is pruned.
        next: the channel that the next step prunes.
        dead: a channel that was zero on every image.
        ok: success.
        warning: a warning.
        error: an error, or a backdoored image.
        ok_surface: background of a notice of success.
        warning_surface: background of a warning.
        error_surface: background of an error.
    """

    name: str
    window: str
    surface: str
    raised: str
    border: str
    grid: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    selection: str
    validation: str
    test: str
    asr: tuple[str, ...]
    detection: str
    false_alarm: str
    runs: tuple[str, ...]
    base: str
    pruned_network: str
    repaired: str
    kept: str
    pruned: str
    next: str
    dead: str
    ok: str
    warning: str
    error: str
    ok_surface: str
    warning_surface: str
    error_surface: str

    def colours(self) -> list[str]:
        """Every colour of the theme."""
        values = [getattr(self, field.name) for field in fields(self) if field.name not in ("name", "asr", "runs")]
        return [*values, *self.asr, *self.runs]


LIGHT = Theme(
    name="light",
    window="#eef0f3",
    surface="#ffffff",
    raised="#f6f7f9",
    border="#d3d8df",
    grid="#e3e6eb",
    text="#1a1e24",
    muted="#59626f",
    disabled="#8d95a1",
    accent="#0a66b0",
    on_accent="#ffffff",
    selection="#dcebf8",
    validation="#0072b2",
    test="#00805c",
    asr=("#c94a00", "#8e3b8a", "#6b5300", "#4a4fa3"),
    detection="#9a6b00",
    false_alarm="#b03d78",
    runs=("#7b3fa0", "#00727f", "#8a6500", "#a8324a"),
    base="#59626f",
    pruned_network="#0072b2",
    repaired="#6f42b5",
    kept="#2f86c6",
    pruned="#aab2bd",
    next="#e08e00",
    dead="#79828e",
    ok="#00704f",
    warning="#8a5a00",
    error="#b3331e",
    ok_surface="#e3f4ed",
    warning_surface="#fdf2da",
    error_surface="#fce9e4",
)

DARK = Theme(
    name="dark",
    window="#14171b",
    surface="#1c2026",
    raised="#272c34",
    border="#363d47",
    grid="#2a3038",
    text="#e7eaee",
    muted="#a0a9b5",
    disabled="#6c7580",
    accent="#5fb0ea",
    on_accent="#0d1116",
    selection="#24405a",
    validation="#56b4e9",
    test="#2fc69c",
    asr=("#f5793a", "#d68fd0", "#d2b450", "#9da3f2"),
    detection="#f0c94a",
    false_alarm="#ea8fbd",
    runs=("#c49bf0", "#4fd0d8", "#e0c65a", "#ff8fa3"),
    base="#a0a9b5",
    pruned_network="#56b4e9",
    repaired="#b795f0",
    kept="#4aa0d8",
    pruned="#545d69",
    next="#f3b13b",
    dead="#7d8794",
    ok="#4cc9a0",
    warning="#f0bd5a",
    error="#ff8a70",
    ok_surface="#17332b",
    warning_surface="#3a2f17",
    error_surface="#42231c",
)
