"""Records as tables in notebooks and as pandas data frames."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from html import escape
from typing import Any

Row = Mapping[str, Any]
"""Column -> value: a `Share`, a number, a text, or None."""

MOST_ROWS = 15


class TableRecord:
    """A record that is shown as a table; subclasses define its rows by `as_rows`."""

    __slots__ = ()

    def as_rows(self) -> Sequence[Row]:
        """Return the rows of the table, all with the same columns in the same order."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        """Return the table as HTML, for notebooks; a long table is thinned evenly."""
        return rows_as_html(self.as_rows())

    def to_dataframe(self) -> Any:
        """Return the whole table as a `pandas.DataFrame`.

        A share becomes three columns: its rate in [0, 1] under its own name, `…_count` and `…_total`.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415  # optional, used only here
        except ImportError as error:
            raise ImportError("to_dataframe() needs pandas: install it with `pip install pandas`") from error
        return pd.DataFrame([_flat(row) for row in self.as_rows()])


def rows_as_html(rows: Sequence[Row]) -> str:
    """Format rows as an HTML table; columns that are empty in every row are left out."""
    shown = _spread(rows)
    columns = [name for name in (rows[0] if rows else ()) if any(row[name] is not None for row in rows)]
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(_html_cell(row[name]) for name in columns)}</tr>" for row in shown)
    note = "" if len(shown) == len(rows) else f"<caption>{len(shown)} of {len(rows)} rows</caption>"
    return f"<table>{note}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _spread(rows: Sequence[Row]) -> Sequence[Row]:
    if len(rows) <= MOST_ROWS:
        return rows
    return [rows[round(place * (len(rows) - 1) / (MOST_ROWS - 1))] for place in range(MOST_ROWS)]


def _html_cell(value: Any) -> str:
    if _is_share(value):
        low, high = value.interval
        text = percent_text(Fraction(100 * value.count, value.total)) if value.total else "–"
        return f'<td title="95 % interval {100 * low:.2f}–{100 * high:.2f} %">{escape(text)} ({value})</td>'
    return f"<td>{'' if value is None else escape(str(value))}</td>"


def _flat(row: Row) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if _is_share(value):
            flat |= {name: value.rate, f"{name}_count": value.count, f"{name}_total": value.total}
        else:
            flat[name] = value
    return flat


def _is_share(value: Any) -> bool:
    """Return whether a value is a `core.records.Share`; it cannot be imported here, as it would be a cycle."""
    return hasattr(value, "interval") and hasattr(value, "total")


def percent_text(value: Fraction) -> str:
    """Format a percentage as "96.28 %", with enough decimals not to round to 0 or 100."""
    if value in (0, 100):
        return f"{value} %"
    digits = 2
    while Decimal(text := _fixed(value, digits)) in (0, 100) and digits < 12:
        digits += 1
    return f"{text} %"


def _fixed(value: Fraction, digits: int) -> str:
    scaled = round(value * 10**digits)
    return str(Decimal(scaled).scaleb(-digits))
