"""Fit the weights of the verdict on the tuning half of the zoo, and report what it says of the other half.

Run from the project's root:  .venv/bin/python tests/zoo/fit.py [--scores FILE] [--index FILE] [--check]

Reads the scores that `score.py` kept and the zoo's index, trains and runs nothing, and takes seconds. It writes
`resources/detection.json`, which `core.detect.verdict` reads, and prints the table of the reporting half. With
`--check` it writes nothing and fails if the file would be another.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.detect.combination import (
    RESOURCE,
    Combination,
    KindRates,
    Logistic,
    all_to_all_feature,
    deciding,
    features_of,
    probability,
)
from core.detect.detectors.registry import DETECTORS
from core.detect.verdict import Outcome, Verdict, verdict_by
from core.records import Share
from tests.zoo.logistic import Flags, Floats, area_under_roc, fitted
from tests.zoo.recipes import TRIGGERS
from tests.zoo.scored import Scored, read_networks, read_others

FOLDER = Path(__file__).resolve().parent
COMPETITION = FOLDER / "competition.csv"
CLASS_PENALTY = 0.5
TURNS = 6
ROWS = 60
"""The weight of all targets together, and of all others, as a number of networks."""

NETWORK_PENALTY = 0.1
FALSE_ALARMS = 0.05
"""The share of clean networks of the tuning half that may be called suspicious."""

SUSPICIOUS_MARGIN = 0.05
"""How far above the clean networks that may not be called suspicious, as a logit, a network is."""

CERTAIN_MARGIN = 0.5
"""How far above the most suspicious clean network of the tuning half, as a logit, a network is called backdoored."""

CERTAIN_DEVIATIONS = 3.0
"""How many standard deviations above the mean logit of these clean networks it must be as well."""

RELIABILITY_ENDS = (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


def fit(networks: Sequence[Scored], detectors: tuple[str, ...]) -> Combination:
    """Fit one set of detectors on networks, each of which is judged by a fit without it.

    Where inversions are in the set the other detectors get no weight: they choose the classes that are examined.
    """
    is_used = np.isin(detectors, deciding(detectors))
    rows = [_rows_of(each, detectors).only(is_used) for each in networks]
    held_out = np.array(
        [
            _largest_logit(_fit_class([*rows[:place], *rows[place + 1 :]]), row.features)
            for place, row in enumerate(rows)
        ]
    )
    is_backdoored = np.array([each.is_backdoored for each in networks])
    is_of_all = np.array([each.is_of_all for each in networks])
    of_network = _fit_network(held_out[~is_of_all], is_backdoored[~is_of_all])
    of_all_to_all = _fit_all_to_all(networks, detectors)
    draft = Combination(detectors, _fit_class(rows), of_network, 1.0, 1.0, of_all_to_all)
    logits = of_network.logits(held_out[:, None])
    if of_all_to_all is not None:
        of_all = np.array([draft.all_to_all_probability(each.examined_by(detectors)) for each in networks])
        logits = np.maximum(logits, np.log(np.maximum(of_all, 1e-12)) - np.log1p(-np.minimum(of_all, 1 - 1e-12)))
    clean = np.sort(logits[~is_backdoored])[::-1]
    allowed = int(FALSE_ALARMS * len(clean))
    suspicious = float(clean[allowed]) + SUSPICIOUS_MARGIN
    far_out = float(clean.mean() + CERTAIN_DEVIATIONS * clean.std())
    certain = max(suspicious, float(clean[0]) + CERTAIN_MARGIN, far_out)
    return replace(
        draft,
        backdoored_from=float(probability(np.array(certain))),
        suspicious_from=float(probability(np.array(suspicious))),
    )


def _fit_network(logits: Floats, is_backdoored: Flags) -> Logistic:
    """Fit whether there is a backdoor, on one number for each network; both kinds of networks count alike."""
    weights = np.where(is_backdoored, 0.5 / is_backdoored.mean(), 0.5 / (~is_backdoored).mean())
    return fitted(logits[:, None], is_backdoored, weights, penalty=NETWORK_PENALTY)


def _fit_all_to_all(networks: Sequence[Scored], detectors: tuple[str, ...]) -> Logistic | None:
    """Fit whether every class is a target; None if these detectors do not tell, or no network is of that kind."""
    features = [all_to_all_feature(each.examined_by(detectors), detectors) for each in networks]
    known = [(each, feature) for each, feature in zip(networks, features, strict=True) if feature is not None]
    is_of_all = np.array([each.is_of_all for each, _ in known])
    if not is_of_all.any() or is_of_all.all():
        return None
    return _fit_network(np.array([feature for _, feature in known]), is_of_all)


def fit_deciding(networks: Sequence[Scored], detectors: tuple[str, ...]) -> Combination:
    """Fit a set of detectors that decide, on the classes that all cheap detectors together choose.

    Returns:
        The combination, among these detectors alone.
    """
    among = in_context(detectors)
    made = fit(networks, among)
    weights = dict(zip(among, made.of_class.weights, strict=True))
    of_class = replace(made.of_class, weights=tuple(weights[each] for each in detectors))
    return replace(made, detectors=detectors, of_class=of_class)


def in_context(detectors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the detectors with all cheap ones, which run before those that decide; themselves if they are cheap."""
    if not DETECTORS.get(detectors[-1]).is_costly:
        return detectors
    return tuple(each for each in DETECTORS.names if each in detectors or not DETECTORS.get(each).is_costly)


def report(combination: Combination, networks: Sequence[Scored]) -> Combination:
    """Return the combination with what it says of networks that it was not fitted on."""
    judged = [(each, judge(combination, each)) for each in networks]
    clean = [verdict for each, verdict in judged if not each.is_backdoored]
    kinds = tuple(
        KindRates(kind, _share(of_kind, _is_noticed), _share(of_kind, _is_named))
        for kind in TRIGGERS
        if (of_kind := [pair for pair in judged if pair[0].trigger == kind])
    )
    reliability, lower_end = [], -1.0
    for upper_end in RELIABILITY_ENDS:
        inside = [each for each, verdict in judged if lower_end < verdict.probability <= upper_end]
        reliability.append((upper_end, Share(sum(each.is_backdoored for each in inside), len(inside))))
        lower_end = upper_end
    return replace(
        combination,
        kinds=kinds,
        false_alarms=Share(sum(each.outcome is not Outcome.NOTHING_FOUND for each in clean), len(clean)),
        false_verdicts=Share(sum(each.outcome is Outcome.BACKDOORED for each in clean), len(clean)),
        reliability=tuple(reliability),
    )


def judge(combination: Combination, network: Scored) -> Verdict:
    """Return what a combination says of a network, on the classes that all cheap detectors together choose."""
    known = {each.detector for each in network.found}
    among = combination.among(tuple(each for each in in_context(combination.detectors) if each in known))
    return verdict_by(among, network.examined_by(among.detectors))


def report_table(combination: Combination, networks: Sequence[Scored]) -> str:
    """Return in Markdown what is found of each kind of trigger, and how well it is told from clean networks."""
    judged = [(each, judge(combination, each)) for each in networks]
    clean = [pair for pair in judged if not pair[0].is_backdoored]
    lines = [
        "| trigger | networks | AUROC | backdoored or suspicious | a target first | called backdoored |",
        "|---|---|---|---|---|---|",
    ]
    for kind in (*TRIGGERS, "all"):
        of_kind = [pair for pair in judged if pair[0].is_backdoored and kind in (pair[0].trigger, "all")]
        if not of_kind:
            continue
        both = [*of_kind, *clean]
        area = area_under_roc(
            np.array([verdict.probability for _, verdict in both]), np.array([each.is_backdoored for each, _ in both])
        )
        noticed, named = _share(of_kind, _is_noticed), _share(of_kind, _is_named)
        certain = _share(of_kind, lambda _, verdict: verdict.outcome is Outcome.BACKDOORED)
        lines.append(
            f"| {kind} | {len(of_kind)} | {area:.3f} | {noticed.count} of {noticed.total} | {named.count} of "
            f"{noticed.count} | {certain.count} of {certain.total} |"
        )
    noticed = _share(clean, _is_noticed)
    certain = _share(clean, lambda _, verdict: verdict.outcome is Outcome.BACKDOORED)
    lines.append(
        f"| none | {len(clean)} | | {noticed.count} of {noticed.total} | | {certain.count} of {certain.total} |"
    )
    return "\n".join(lines)


def digest_of(*files: Path) -> str:
    """Return the first digits of the SHA-256 of files."""
    made = hashlib.sha256()
    for file in files:
        made.update(file.read_bytes())
    return made.hexdigest()[:16]


def fitted_file(networks: Sequence[Scored], zoo: str) -> str:
    """Fit all sets of detectors, and return the text of the resource."""
    tuning = [each for each in networks if each.half == "tuning"]
    others = [each for each in networks if each.half == "report"]
    stored = {
        "zoo": zoo,
        "tuning": _counts(tuning),
        "report": _counts(others),
        "combinations": [report(fit_deciding(tuning, each), others).as_json() for each in deciding_sets()],
    }
    return json.dumps(_rounded(stored), indent=1, ensure_ascii=False) + "\n"


def deciding_sets() -> list[tuple[str, ...]]:
    """Return the sets of detectors that can decide, in their order; the last one holds all that do.

    Those that examine triggers are in a set only with one that searches the trigger of each class.
    """
    cheap, costly = ([each for each in DETECTORS if each.is_costly is wanted] for wanted in (False, True))
    sets = [each for part in (cheap, costly) for count in range(1, len(part) + 1) for each in combinations(part, count)]
    return [
        tuple(each.name for each in some)
        for some in sets
        if not any(each.needs_triggers for each in some) or any(each.finds_all_to_all for each in some)
    ]


def main(words: list[str] | None = None) -> int:
    """Fit, report and write."""
    parser = argparse.ArgumentParser(description="Fit the verdict on one half of the zoo, and report on the other.")
    parser.add_argument("--scores", type=Path, default=FOLDER / "scores.csv", help="what score.py kept")
    parser.add_argument("--index", type=Path, default=FOLDER / "index.csv", help="the zoo's index")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file would be another")
    asked = parser.parse_args(words)
    networks = read_networks(asked.scores, asked.index)
    text = fitted_file(networks, digest_of(asked.scores, asked.index))
    if asked.check:
        if RESOURCE.read_text("utf-8") != text:
            print(f"{RESOURCE.name} was made of other scores: run tests/zoo/fit.py.")
            return 1
        return 0
    RESOURCE.write_text(text, "utf-8")
    whole = Combination.from_json(json.loads(text)["combinations"][-1])
    for half in ("tuning", "report"):
        print(f"\n## {half}\n\n{report_table(whole, [each for each in networks if each.half == half])}")
    if COMPETITION.is_file():
        print("\n## Competition\n")
        for each in read_others(COMPETITION):
            verdict = judge(whole, each)
            print(f"{each.name}: {verdict}, targets {sorted(each.targets)}")
    weights = dict(zip(whole.detectors, whole.of_class.weights, strict=True))
    print(f"\nweights {weights}, backdoored from {whole.backdoored_from}, suspicious from {whole.suspicious_from}")
    return 0


@dataclass(frozen=True, eq=False)
class _Rows:
    features: Floats
    is_target: Flags
    is_fitted: bool

    def only(self, used: Flags) -> "_Rows":
        """Return the rows with 0 for features that are not used, shape (D,)."""
        return replace(self, features=np.where(used, self.features, 0.0))


def _rows_of(network: Scored, detectors: tuple[str, ...]) -> _Rows:
    features = features_of(network.examined_by(detectors), detectors)
    known = np.isfinite(features).all(axis=1)
    is_target = np.isin(np.arange(len(features)), list(network.targets))
    # Where every class is a target none differs from the others: such a network tells nothing of a class.
    return _Rows(features[known], is_target[known], not network.is_of_all)


def _fit_class(rows: Sequence[_Rows]) -> Logistic:
    """Fit whether a class is a target, on the class of each network that counts.

    A network is judged by its most suspicious class. So each network gives the class that is most suspicious of those
    that are no target, and of the targets the most suspicious one; which these are follows from the fit, in turns. The
    first fit is on all classes.
    """
    used = [each for each in rows if each.is_fitted and len(each.features)]
    found = _fit_balanced(
        np.concatenate([each.features for each in used]), np.concatenate([each.is_target for each in used])
    )
    chosen = [
        (each.features[where], of) for each in used for of in (True, False) if (where := each.is_target == of).any()
    ]
    is_target = np.array([of for _, of in chosen])
    for _ in range(TURNS):
        features = np.array([each[int(np.argmax(found.logits(each)))] for each, _ in chosen])
        found = _fit_balanced(features, is_target)
    return found


def _fit_balanced(features: Floats, is_target: Flags) -> Logistic:
    """Fit with as much weight on the targets as on the others, and that of one row for each of the others at most."""
    weights = np.where(is_target, 1 / max(is_target.sum(), 1), 1 / max((~is_target).sum(), 1))
    return fitted(features, is_target, weights * ROWS, penalty=CLASS_PENALTY)


def _largest_logit(logistic: Logistic, features: Floats) -> float:
    return float(logistic.logits(features).max()) if len(features) else logistic.bias


def _share(judged: Sequence[tuple[Scored, Verdict]], test: Callable[[Scored, Verdict], bool]) -> Share:
    return Share(sum(test(*pair) for pair in judged), len(judged))


def _is_noticed(_: Scored, verdict: Verdict) -> bool:
    return verdict.outcome is not Outcome.NOTHING_FOUND


def _is_named(network: Scored, verdict: Verdict) -> bool:
    if verdict.is_all_to_all:
        return network.is_of_all
    return verdict.outcome is not Outcome.NOTHING_FOUND and verdict.most_likely in network.targets


def _counts(networks: Sequence[Scored]) -> dict[str, int]:
    backdoored = sum(each.is_backdoored for each in networks)
    return {"clean": len(networks) - backdoored, "backdoored": backdoored}


def _rounded(value: Any) -> Any:
    """Return JSON values with six significant digits, so that they are the same on every machine."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return value


if __name__ == "__main__":
    sys.exit(main())
