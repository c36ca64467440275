"""What people said, fit to publish: for each question figures as counted and weighted, the police apart, by door.

Small numbers are hidden before anything is drawn or written, so that a page, a file and a chart tell the same. A
share is told only where its count is; means only where ten or more answered. The public and the police are never
added up, since the sum would give away the smaller.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from flows.consultations import FREE_TEXT, Consultation
from flows.county import LONDON
from staff.consulting.answer_columns import AnswerColumns, Asked, questions_of
from staff.consulting.counting import count_columns
from staff.consulting.result_doors import DOORS, Doors
from staff.consulting.result_groups import find_who_answered
from staff.consulting.result_questions import QuestionMaker
from staff.consulting.result_sentences import say_result
from staff.consulting.result_tables import SMALL, Totals, in_tens
from staff.consulting.result_values import Decided, Listened, OtherVersion, QuestionResult, Results, Weights
from staff.consulting.told_together import withhold
from staff.consulting.weighing import People, find_weights
from storage.ledger import LedgerEntry


def questions_told(consultation: Consultation) -> tuple[Asked, ...]:
    """All that can be counted but who people are."""
    about = {consultation.about.district, consultation.about.age_band, consultation.about.is_police}
    return tuple(question for question in questions_of(consultation) if question.id not in about)


def make_results(
    consultation: Consultation,
    answers: AnswerColumns,
    people: People,
    district_names: Mapping[str, str],
    *,
    entries: Sequence[LedgerEntry] = (),
    themes: Mapping[str, tuple[str, str]] | None = None,
    flagged: Collection[str] = frozenset(),
    others: tuple[OtherVersion, ...] = (),
) -> Results:
    """`answers` are to `questions_told`, at least; `themes`: name and what was said, by id."""
    asked = questions_told(consultation)
    public = answers.only(lambda who: who.is_police is not True)
    police = answers.only(lambda who: who.is_police is True)
    weighting = find_weights(public.who, people)
    doors = Doors.of(who.channel for who in public.who)
    theirs = count_columns(police, asked) if len(police) >= SMALL else (None,) * len(asked)
    flagged_here = frozenset(flagged).intersection(public.ids)
    totals = Totals.of(doors.sizes, len(flagged_here), len(police))
    maker = QuestionMaker(consultation, doors, totals, weighting, public.columns)
    counted = count_columns(public, asked, flagged=flagged_here)
    questions = tuple(
        maker.make(question, result, of_police, has_flagged=bool(flagged_here))
        for question, result, of_police in zip(asked, counted, theirs, strict=True)
    )
    districts, ages = find_who_answered(public.who, people, district_names, totals.doors[-1])
    listened, decisions = _listened(entries, themes or {})
    results = Results(
        consultation=consultation,
        public=totals.doors[-1],
        police=totals.police[-1],
        doors=tuple(DOORS.get(name, name.title()) for name in doors.names),
        door_counts=tuple(totals.doors[:-1]) if doors.names else (),
        flagged=in_tens(len(flagged_here)),
        questions=questions,
        words=tuple(q for q in consultation.questions if q.kind in FREE_TEXT),
        districts=districts,
        ages=ages,
        weighting=Weights(
            weighting.by, weighting.raked.design_effect if weighting.raked else None, weighting.notes
        ),
        people_notes=people.notes,
        source=people.census.source,
        listened=listened,
        decisions=decisions,
        others=others,
    )
    return _with_sentences(withhold(results, people.group_of))


def _with_sentences(results: Results) -> Results:
    """Of figures as they are told, so that no sentence tells what is left out."""
    return replace(
        results,
        questions=tuple(
            replace(question, says=question.says or _say(question, results)) for question in results.questions
        ),
    )


def _say(question: QuestionResult, results: Results) -> tuple[str, ...]:
    asked = results.consultation.find_question(question.id)
    total = (asked.total if asked is not None else None) or 100
    return say_result(question, total_of=total, weighted=results.is_weighted)


def _listened(
    entries: Sequence[LedgerEntry], themes: Mapping[str, tuple[str, str]]
) -> tuple[tuple[Listened, ...], tuple[Decided, ...]]:
    """Decisions and how they were considered, under the themes they answer; and the decisions that name none."""
    by_theme: dict[str, list[Decided]] = {theme: [] for theme in themes}
    without = []
    for entry in entries:
        if entry.kind not in ("decision", "considered"):
            continue
        on = entry.at.astimezone(LONDON).date()
        decided = Decided(entry.kind, on, str(entry.data.get("text", "")))
        named = [str(theme) for theme in entry.data.get("themes", ())]
        for theme in named:
            by_theme.setdefault(theme, []).append(decided)
        if not named:
            without.append(decided)
    return (
        tuple(
            Listened(*themes.get(theme, (theme.replace("_", " ").capitalize(), "")), tuple(did))
            for theme, did in by_theme.items()
        ),
        tuple(without),
    )
