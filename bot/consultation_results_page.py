"""The results of a consultation as one page: for each question what it means in words, a chart, and a table beside it.

The charts are rows of bars under their labels, drawn in per cent of the width, so that they read the same at 320
pixels; all they show stands in the table too, so to a screen reader they are a list of labels and figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.pages import render_page
from flows.county import LONDON
from staff.consulting.intervals import CAUTION, Estimate
from staff.consulting.other_versions import say_other_version
from staff.consulting.result_sentences import percent
from staff.consulting.result_values import GroupLine, Line, Measure, QuestionResult, Results
from staff.small_numbers import Hidden, Shown

HIDDEN = (
    "Numbers of people below ten are not shown, nor others from which one could be worked out. Figures are counted "
    "once, when nobody can answer any more, and stay as they are; what is decided is added."
)


@dataclass(frozen=True)
class Bar:
    """Positions in per cent of the width; None where there is nothing to draw."""

    label: str
    said: str
    width: float | None = None
    low: float | None = None
    high: float | None = None
    plain: float | None = None


@dataclass(frozen=True)
class QuestionView:
    id: str
    title: str
    ask: str
    says: tuple[str, ...]
    bars: tuple[Bar, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    more: str
    more_columns: tuple[str, ...]
    more_rows: tuple[tuple[str, ...], ...]


def render_results(results: Results, now: datetime, *, public: bool = False) -> str:
    """`public`: it is to be published, and may be found by search engines."""
    asked = results.consultation
    made = now.astimezone(LONDON).date()
    return render_page(
        "consultation_results.html",
        public=public,
        title=asked.title,
        example=asked.example,
        asked_between=_asked_between(results),
        we_asked=_we_asked(results, made, public=public),
        others=[(said, each) for each in results.others if (said := say_other_version(each))],
        how=_how(results),
        weighted=results.is_weighted,
        bar_key="Weighted to be like the people who live here" if results.is_weighted else "As counted",
        questions=[_view(question, results) for question in results.questions],
        words=results.words,
        listened=results.listened,
        decisions=results.decisions,
        decision_on=day(asked.decision_on),
        who=_who(results),
        districts=[_group(line) for line in results.districts],
        ages=[_group(line) for line in results.ages],
        who_notes=(f"People: {results.source}.", *results.people_notes),
        owner=asked.owner,
        made=day(made),
    )


def day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def show(count: Shown) -> str:
    return count.value if isinstance(count, Hidden) else f"{count:,}"


def _asked_between(results: Results) -> str:
    asked = results.consultation
    version = f"Version {asked.version} of the questions. " if results.others else ""
    return f"{version}Asked from {day(asked.opens)} to {day(asked.closes)}."


def _we_asked(results: Results, made: date, *, public: bool) -> list[str]:
    asked = results.consultation
    lines = [asked.intro.text.strip(), f"Who could answer: {asked.audience[:1].lower()}{asked.audience[1:]}."]
    said = f"{_people(results.public)} answered"
    if made <= asked.closes and not public:
        said += " so far"
    lines.append(f"{said}, counted once each.")
    if asked.about.is_police:
        lines.append(
            "People who work for the police were asked to say so, and are shown apart: "
            f"{_people(results.police).lower()} did."
        )
    return lines


def _people(count: Shown) -> str:
    if isinstance(count, Hidden):
        return f"{count.value.capitalize()} people"
    return "Nobody" if not count else f"{count:,} {'person' if count == 1 else 'people'}"


def _how(results: Results) -> list[str]:
    effect = results.weighting.design_effect
    if effect is not None:
        lines = [
            "Some groups answered more than others. Weighted figures make each count for as many as live here "
            f"(by {results.weighting.by}). The figures as counted stand beside them.",
            f"Weights have a price: these answers are as sure as {100 / effect:.0f} in every 100 would be without "
            f"weights (design effect {effect:.2f}).",
        ]
    else:
        lines = ["The figures are as counted: no weights were made."]
    return [*lines, *results.weighting.notes, CAUTION, "The margin of error holds 95 times in 100.", HIDDEN]


def _who(results: Results) -> list[str]:
    lines = []
    if len(results.doors) > 1:
        parts = ", ".join(f"{d} {show(n)}" for d, n in zip(results.doors, results.door_counts, strict=True))
        lines.append(f"How they answered: {parts}.")
    if results.flagged:
        about = "" if isinstance(results.flagged, Hidden) else "About "
        lines.append(
            f"{about}{_people(results.flagged)} answered in a way that staff look at (many at once, or the same "
            "words). They are counted; the tables show the figures without them too, where that gives nobody away."
        )
    return lines or ["By where people live and how old they are."]


def _group(line: GroupLine) -> tuple[str, ...]:
    of_answers = f"{percent(line.share)}%" if line.share is not None else "not shown"
    return (line.label, show(line.count), of_answers, f"{percent(line.people)}%" if line.people else "")


def _view(question: QuestionResult, results: Results) -> QuestionView:
    columns, rows = _table(question, weighted=results.is_weighted)
    notes = []
    if question.mean is not None:
        figure = question.mean.weighted if results.is_weighted else question.mean.plain
        of = (
            f" on a scale of 1 to {len(question.lines)}"
            if question.lines and question.kind == "scale"
            else ""
        )
        also = f"; as counted {question.mean.plain.value:.1f}" if results.is_weighted else ""
        notes.append(f"Average{of}: {figure.value:.1f}, give or take {figure.margin:.1f}{also}.")
    if results.is_weighted and question.lines:
        notes.append(f"Design effect of this question: {question.design_effect:.2f}.")
    if question.measure is Measure.POINTS:
        notes.append(
            f"Points: {len(question.lines) - 1} for the first, one fewer for each place after it; what somebody did "
            "not rank shares the points that are left."
        )
    more_columns, more_rows, more = _more(question, results)
    return QuestionView(
        question.id,
        question.title,
        question.ask,
        question.says,
        _bars(question),
        columns,
        rows,
        tuple(notes),
        more,
        more_columns,
        more_rows,
    )


def _bars(question: QuestionResult) -> tuple[Bar, ...]:
    drawn = [line for line in question.lines if line.plain is not None]
    if not drawn or question.measure is Measure.NONE:
        return ()
    top = 1.0
    if question.measure is not Measure.SHARE:
        highest = max(max(f.value, f.high) for line in drawn for f in (line.plain, line.weighted) if f)
        top = highest * 1.05 or 1.0

    def at(value: float) -> float:
        return round(100 * min(max(value / top, 0), 1), 1)

    bars = []
    for line in question.lines:
        figure = line.weighted or line.plain
        if figure is None:
            bars.append(Bar(line.label, "too few to show" if line.count is not Hidden.OTHER else "not shown"))
            continue
        plain = at(line.plain.value) if line.weighted is not None and line.plain is not None else None
        bars.append(
            Bar(
                line.label,
                _figure(figure, question.measure),
                at(figure.value),
                at(figure.low),
                at(figure.high),
                plain,
            )
        )
    return tuple(bars)


def _figure(figure: Estimate | None, measure: Measure) -> str:
    if figure is None:
        return "not shown"
    return f"{percent(figure.value)}%" if measure is Measure.SHARE else f"{figure.value:.1f}"


def _margin(figure: Estimate | None, measure: Measure) -> str:
    if figure is None:
        return ""
    return f"± {max(1, percent(figure.margin))}" if measure is Measure.SHARE else f"± {figure.margin:.1f}"


def _table(
    question: QuestionResult, *, weighted: bool
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    measure = question.measure
    what = {Measure.SHARE: "share", Measure.AMOUNT: "average", Measure.POINTS: "points", Measure.NONE: ""}[
        measure
    ]
    count = {Measure.AMOUNT: "Gave it something", Measure.POINTS: "Put it first"}.get(measure, "Answers")
    if measure is Measure.NONE:
        columns: tuple[str, ...] = ("Answers",)
    else:
        columns = (count, *((f"Weighted {what}", "Margin") if weighted else ()), f"Counted {what}", "Margin")
    empty = ("",) * (len(columns) - 1)

    def row(line: Line) -> tuple[str, ...]:
        figures: tuple[str, ...] = ()
        if measure is not Measure.NONE:
            if weighted:
                figures = (_figure(line.weighted, measure), _margin(line.weighted, measure))
            figures = (*figures, _figure(line.plain, measure), _margin(line.plain, measure))
        return (line.label, show(line.count), *figures)

    rows = [row(line) for line in question.lines]
    rest = [(line.label, show(line.count), *empty) for line in (*question.rest, question.total)]
    return columns, (*rows, *rest)


def _more(
    question: QuestionResult, results: Results
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], str]:
    """The same counts by door, without what is flagged, and of people who work for the police."""
    lines: Sequence[Line] = (*question.lines, *question.rest, question.total)
    by_door = any(line.doors for line in lines)
    has_police = any(line.police is not None for line in lines)
    has_flagged = any(line.without_flagged is not None for line in lines)
    columns = (
        *(results.doors if by_door else ()),
        *(("Without flagged",) if has_flagged else ()),
        *(("Work for the police",) if has_police else ()),
    )
    parts = [
        *(["by door"] if by_door else []),
        *(["without flagged answers"] if has_flagged else []),
        *(["people who work for the police"] if has_police else []),
    ]
    rows = [
        (
            line.label,
            *(map(show, line.doors) if by_door else ()),
            *((_or_none(line.without_flagged),) if has_flagged else ()),
            *((_or_none(line.police),) if has_police else ()),
        )
        for line in lines
    ]
    return columns, tuple(rows) if columns else (), ", ".join(parts)


def _or_none(count: Shown | None) -> str:
    return "" if count is None else show(count)
