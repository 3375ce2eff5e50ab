"""Fuzzy search: letters of a query in the order in which they stand in a text. No Qt."""

from dataclasses import dataclass

WORD_START, INSIDE, SCATTERED = 300.0, 200.0, 100.0
"""The least score of a word that begins a word of the text, stands inside one, or whose letters are scattered."""
_EARLIER = 0.5  # a point less for every two letters in front
_AT_WORD, _IN_ROW = 8.0, 5.0  # of a scattered letter: begins a word, follows the letter before


@dataclass(frozen=True, slots=True)
class Match:
    """How a query fits a text.

    Attributes:
        score: larger is better.
        places: positions of the text that were matched, ascending.
    """

    score: float
    places: tuple[int, ...]


def match(query: str, text: str) -> Match | None:
    """Return how the words of a query fit a text, in any order and any case; None if one does not.

    An empty query fits everything, with score 0.
    """
    folded = text.lower()
    if len(folded) != len(text):  # a few letters become two; places would be wrong
        folded = text
    score, places = 0.0, set[int]()
    for word in query.lower().split():
        found = _match_word(word, folded)
        if found is None:
            return None
        score += found.score
        places |= set(found.places)
    return Match(score - 0.01 * len(text), tuple(sorted(places)))


def _match_word(word: str, text: str) -> Match | None:
    """Return the best of: at the start of a word, inside one, scattered."""
    starts = [place for place in range(len(text)) if text.startswith(word, place)]
    if starts:
        at_words = [place for place in starts if _begins_word(text, place)]
        place, least = (at_words[0], WORD_START) if at_words else (starts[0], INSIDE)
        return Match(least - _EARLIER * place / 2, tuple(range(place, place + len(word))))
    return _scattered(word, text)


def _scattered(word: str, text: str) -> Match | None:
    """Return the best way to find the letters one after the other; only from beginnings of words on."""
    best: dict[int, tuple[float, tuple[int, ...]]] = {}  # the best score and places that end at a position
    for number, letter in enumerate(word):
        following: dict[int, tuple[float, tuple[int, ...]]] = {}
        for place, each in enumerate(text):
            if each != letter or (number == 0 and not _begins_word(text, place)):
                continue
            gain = _AT_WORD if _begins_word(text, place) else 0.0
            if number == 0:
                following[place] = (gain, (place,))
                continue
            earlier = [
                (score + gain + (_IN_ROW if last == place - 1 else 0.0), (*places, place))
                for last, (score, places) in best.items()
                if last < place
            ]
            if earlier:
                following[place] = max(earlier)
        best = following
        if not best:
            return None
    score, places = max(best.values())
    spread = places[-1] - places[0] + 1 - len(places)
    return Match(max(SCATTERED + score - spread, 1.0), places)


def _begins_word(text: str, place: int) -> bool:
    return place == 0 or not text[place - 1].isalnum()
