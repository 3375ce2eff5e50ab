"""The head of a log in the Static Analysis Results Interchange Format (SARIF), which all our logs share.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, sections 3.13 (sarifLog), 3.14 (run),
3.18 (tool) and 3.24 (artifact).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.report.json_values import Json
from core.version import NAME, VERSION, versions

SARIF_VERSION = "2.1.0"
SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def one_run(
    rules: Mapping[str, str], *, artifacts: Sequence[Json], results: Sequence[Json], properties: Mapping[str, object]
) -> Json:
    """Return a log with one run of this application.

    Args:
        rules: a sentence for each rule; results refer to them by their place.
        artifacts: what was examined.
        results: what was found.
        properties: what else is to be known of the run; the versions of what took part are added.
    """
    driver = {
        "name": NAME,
        "version": VERSION,
        "semanticVersion": VERSION,
        "rules": [{"id": rule, "shortDescription": {"text": text}} for rule, text in rules.items()],
    }
    return {
        "$schema": SARIF_SCHEMA,
        "version": SARIF_VERSION,
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [{"executionSuccessful": True}],
                "artifacts": list(artifacts),
                "results": list(results),
                "properties": {**properties, "versions": versions()},
            }
        ],
    }


def artifact(uri: str, *, sha256: str | None = None, size_bytes: int | None = None) -> Json:
    """Return a file that was examined."""
    made: Json = {"location": {"uri": uri}, "roles": ["analysisTarget"]}
    if size_bytes is not None:
        made["length"] = size_bytes
    if sha256:
        made["hashes"] = {"sha-256": sha256}
    return made


def location(path: Path, index: int) -> list[Json]:
    """Return where a result is: a file, which is the artifact at this place."""
    return [{"physicalLocation": {"artifactLocation": {"uri": uri_of(path), "index": index}}}]


def uri_of(path: Path) -> str:
    """Return the URI of a file."""
    return path.absolute().as_uri()
