"""Reports: the curve as CSV and picture, the results as JSON, and one page that tells all of it."""

from core.report.curve_csv import write_curve_csv
from core.report.curve_picture import write_curve_picture
from core.report.origin import InputFile, Origin
from core.report.page import write_html
from core.report.record import Report, describe_inspection
from core.report.results import results_as_dict, write_results_json
from core.report.table import table_text
from core.report.verdict import Verdict, find_verdict

__all__ = [
    "InputFile",
    "Origin",
    "Report",
    "Verdict",
    "describe_inspection",
    "find_verdict",
    "results_as_dict",
    "table_text",
    "write_curve_csv",
    "write_curve_picture",
    "write_html",
    "write_results_json",
]
