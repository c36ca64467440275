"""The check of flows/screening.yml: its lists are lists, its rules are rules, and its examples come out as they say."""

from flows.findings import Findings
from flows.screening import Screening
from flows.screening_patterns import Patterns
from flows.screening_rules import ScreeningFile

FILE = "flows/screening.yml"


def check_screening(found: Findings) -> None:
    loaded = found.load(FILE, ScreeningFile)
    if loaded is None:
        return
    screening = Screening(Patterns(loaded))
    for at, example in enumerate(loaded.examples.turned_aside):
        where = ("examples", "turned_aside", at)
        screened = screening.screen(example.text)
        kinds = screened.kinds if screened else ()
        if kinds != example.kinds:
            found.note(FILE, where, f"found as {', '.join(kinds) or 'nothing'}: {example.text}")
        elif screened and screened.neutral != example.neutral:
            found.note(FILE, where, f"said as {screened.neutral!r}: {example.text}")
    for at, text in enumerate(loaded.examples.left_alone):
        if screening.screen(text) is not None:
            found.note(FILE, ("examples", "left_alone", at), f"turned aside: {text}")
