"""Labels stand near their points, on no point and no other label, inside of the drawing."""

import itertools

from core.report.label_places import LabelRules, place_labels

RULES = LabelRules(
    radius=5,
    distances=(11.0, 22.0, 34.0),
    directions=((1, 0), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1), (0, -1), (0, 1)),
    overlap=4,
    inside=(0, 0, 200, 100),
)


def test_labels_of_close_points_stand_apart():
    points = [(100, 50), (104, 52), (108, 50)]
    places = place_labels([(5, 6)] * 3, points, lines=(), rules=RULES)
    for one, other in itertools.combinations(places, 2):
        assert abs(one[0] - other[0]) >= 10 or abs(one[1] - other[1]) >= 12
    for place, point in itertools.product(places, points):
        assert abs(place[0] - point[0]) >= 10 or abs(place[1] - point[1]) >= 11


def test_a_label_stays_inside_and_leaves_lines_free():
    assert place_labels([(5, 6)], [(100, 50)], lines=(), rules=RULES) == [(112, 50)]
    assert place_labels([(5, 6)], [(195, 50)], lines=(), rules=RULES) == [(183, 50)]
    assert place_labels([(5, 6)], [(100, 50)], lines=[(90, 49, 130, 51)], rules=RULES)[0][1] != 50
