"""Finds what a report carries by rule: counts, postcodes, references, land, impact, times and places.

Pure Python and no Rasa, so that it runs and is tested in either environment. Rules, not a trained model,
because the wording is bounded and a wrong number would be worse than none: the words are in lexicon.yml,
each subject has a module of its own.
"""

from nlu.components.codes import find_postcodes, find_references
from nlu.components.counts import find_counts
from nlu.components.ground import find_land
from nlu.components.impact import find_impacts
from nlu.components.lexicon import Lexicon, load_lexicon
from nlu.components.span import Span, fold
from nlu.components.when import find_seen_at
from nlu.components.where import find_places

__all__ = ["Lexicon", "Span", "find_spans", "load_lexicon"]


def find_spans(text: str, lexicon: Lexicon) -> list[Span]:
    """Everything the rules find in a message, in the order of the text. Offsets fit the text as given."""
    folded = fold(text)
    references = find_references(folded)
    postcodes = [p for p in find_postcodes(folded, lexicon) if not any(p.overlaps(r) for r in references)]
    seen = find_seen_at(folded, lexicon.times)
    counts = find_counts(folded, lexicon.counts, [*references, *postcodes, *seen])
    impacts = find_impacts(folded, lexicon.impact)
    land = find_land(folded, lexicon.ground, lexicon.places.names, seen)
    places = find_places(text, folded, lexicon.places, [*references, *postcodes, *seen, *counts, *impacts])
    found = [*references, *postcodes, *seen, *counts, *land, *impacts, *places]
    return sorted(found, key=lambda s: (s.start, s.end, s.name))
