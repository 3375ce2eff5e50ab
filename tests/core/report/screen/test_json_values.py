"""What screening found, as JSON."""

import json
from pathlib import Path

from core.report.screen.json_values import verdicts_as_dict
from core.screen.verdict import FileVerdict


def test_all_that_was_found_is_in_it() -> None:
    opened = FileVerdict(Path("net.h5"), "model", 12, "ab" * 32, facts=(("layers", "7"),), sandbox="on")
    refused = FileVerdict(Path("x.png"), "image", 3, "cd" * 32, "damaged-file", "it is damaged", sandbox="on")
    told = json.loads(json.dumps(verdicts_as_dict([opened, refused], sandbox="on"), allow_nan=False))
    assert (told["opened_count"], told["refused_count"], told["sandbox"]) == (1, 1, "on")
    assert told["versions"]["h5py"]
    first, second = told["files"]
    assert (first["opens"], first["code"], first["facts"]) == (True, None, {"layers": "7"})
    assert {check["outcome"] for check in first["checks"]} == {"passed"}
    assert (second["opens"], second["code"], second["sentence"]) == (False, "damaged-file", "it is damaged")
    assert [check["name"] for check in second["checks"] if check["outcome"] == "failed"] == ["format"]
