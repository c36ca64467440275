"""What the camp does to its surroundings, where it is said and not denied ("no rubbish" is none)."""

import re

from nlu.components.lexicon import ImpactWords
from nlu.components.span import Span, overlaps_any

# "Noise? None. Mess: no."
_ANSWERED_NONE = re.compile(r"\b[a-z]+\s*[?:=-]\s*(?:none|no|nil|nope)\b(?!\s+\w)")


def find_impacts(folded: str, words: ImpactWords) -> list[Span]:
    """Each kind at most once, where it is first said; "none" where it is said that nothing is wrong."""
    masked = [Span("", m.start(), m.end()) for m in words.masks.finditer(folded)]
    fine = [Span("impact", m.start(), m.end(), "none") for m in words.none.finditer(folded)]
    fine += [Span("impact", m.start(), m.end(), "none") for m in _ANSWERED_NONE.finditer(folded)]
    found = []
    for kind, pattern in words.kinds.items():
        for match in pattern.finditer(folded):
            span = Span("impact", match.start(), match.end(), kind)
            if _is_masked(span, masked) or overlaps_any(span, fine):
                continue
            if not _is_denied(folded, span, words):
                found.append(span)
                break
    if not found:
        return fine[:1]
    return sorted(found, key=lambda s: (s.start, s.name))


def _is_masked(span: Span, masked: list[Span]) -> bool:
    """ "Fire exit" is no fire; but "across the fire exit", which holds the mask and more, says what it says."""
    return any(span.overlaps(m) and not (span.start < m.start and m.end <= span.end) for m in masked)


def _is_denied(folded: str, span: Span, words: ImpactWords) -> bool:
    if folded[span.start : span.end].startswith(
        ("no ", "not ", "can", "cant", "without", "unable", "couldn")
    ):
        return False
    clause = words.negation_end.split(folded[max(0, span.start - 80) : span.start])[-1]
    return bool(words.negator.search(clause))
