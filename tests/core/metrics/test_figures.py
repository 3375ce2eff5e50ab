"""The registry of figures: what is in it, how it is ordered, and which shares it reads."""

from core.metrics.figures import FIGURES, by_measure, by_set, figures_of, shares_of, titles
from core.metrics.network_scores import SWEEP_ROLES, NetworkKind, NetworkScores, SetRole
from core.records import CleanScore, PoisonedScore, Share, SweepPoint


def test_each_figure_is_defined_and_has_names_of_its_own() -> None:
    assert len({each.key for each in FIGURES}) == len(FIGURES)
    assert len({each.json_keys for each in FIGURES}) == len(FIGURES)
    columns = [column for each in FIGURES for column in each.csv_columns]
    assert len(set(columns)) == len(columns)
    for each in FIGURES:
        assert each.measure.definition.startswith("the share of") and each.measure.source
        assert each.networks
        assert "{" not in each.sentence("B", name="sunglasses.h5", target=" 3")


def test_figures_of_a_network_and_their_orders() -> None:
    assert [each.title for each in figures_of(NetworkKind.PRUNED)] == ["clean validation", "clean test", "ASR"]
    of_g = figures_of(NetworkKind.REPAIRED)
    assert [each.title for each in of_g] == [
        *("clean validation", "clean test", "ASR", "detection", "false alarm, validation", "false alarm, test")
    ]
    assert [each.title for each in by_set(of_g)][3:] == ["false alarm, validation", "false alarm, test", "detection"]
    roles = [SetRole.TEST, SetRole.VALIDATION, SetRole.POISONED]
    assert [each.title for each in by_measure(of_g, roles)] == [
        *("clean test", "clean validation", "ASR", "detection", "false alarm, test", "false alarm, validation")
    ]
    assert titles(of_g[2:4], ["a", "b"]) == ("ASR a", "ASR b", "detection a", "detection b")


def test_shares_are_those_of_the_network() -> None:
    clean = CleanScore(Share(9, 10), Share(8, 10), Share(1, 10))
    poisoned = PoisonedScore(Share(5, 6), Share(1, 6), Share(4, 6))
    point = SweepPoint(1, 0, clean, None, (poisoned,))
    pruned = NetworkScores.of_point(point, NetworkKind.PRUNED, held_out=Share(3, 4))
    repaired = NetworkScores.of_point(point, NetworkKind.REPAIRED)
    every = figures_of(roles=(SetRole.HELD_OUT, *SWEEP_ROLES))
    assert shares_of(every, pruned) == (Share(3, 4), Share(9, 10), None, Share(5, 6), None, None, None)
    assert shares_of(every, repaired) == (*(None, Share(8, 10), None, Share(1, 6), Share(4, 6), Share(1, 10), None),)
    for figure in figures_of(NetworkKind.REPAIRED):
        assert figure.share_at(point, NetworkKind.REPAIRED) == (*figure.shares(repaired), None)[0]
    assert figures_of()[2].share_at(point, NetworkKind.PRUNED, 1) is None
