"""What people said, fit to publish: for each question figures as counted and weighted, the police apart, by door.

Small numbers are hidden before anything is drawn or written, so that a page, a file and a chart tell the same. A
share is told only where its count is; means only where ten or more answered. The public and the police are never
added up, since the sum would give away the smaller.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from flows.consultations import FREE_TEXT, Consultation, Question, QuestionKind
from flows.forms import DONT_KNOW
from staff.consulting.counting import ALL, Answered, Asked, Result, Tally, count_answers, questions_of
from staff.consulting.intervals import Estimate
from staff.consulting.raking import Weighed
from staff.consulting.result_tables import SMALL, TablesToPublish, is_small
from staff.consulting.weighing import People, Placed, Weighting, find_weights, weigh_question
from staff.small_numbers import PEOPLE, Hidden, Shown
from storage.ledger import LedgerEntry

DOOR_LEAST = 50  # doors with fewer answers are shown together
DOORS = {
    "web": "Web chat",
    "telegram": "Telegram",
    "sms": "Text message",
    "paper": "Paper",
    "phone": "Phone",
    "other": "Other ways",
}
NO_ANSWER = "no_answer"
REST = {
    "dont_know": "Don't know",
    "skipped": "Skipped",
    "not_asked": "Not asked",
    NO_ANSWER: "No answer",
}
OF_ALL = frozenset({QuestionKind.SEVERAL, QuestionKind.BUDGET})  # their counts do not add up to the answers


class Measure(StrEnum):
    """What a figure of an option is: a share of those who answered, an amount, points, or there is none."""

    SHARE = "share"
    AMOUNT = "amount"
    POINTS = "points"
    NONE = "none"


class ToCount(Answered, Placed):
    """A response as it is counted here."""


@dataclass(frozen=True)
class Line:
    """An option, or those without an answer. Figures are None where they would tell of few."""

    id: str
    label: str
    count: Shown
    plain: Estimate | None = None
    weighted: Estimate | None = None
    doors: tuple[Shown, ...] = ()
    police: Shown | None = None
    without_flagged: Shown | None = None


@dataclass(frozen=True)
class QuestionResult:
    """`rest` are those who gave no answer; `mean` is of a scale (1 is the first step), rating or number."""

    id: str
    title: str
    ask: str
    kind: QuestionKind
    measure: Measure
    lines: tuple[Line, ...]
    rest: tuple[Line, ...]
    total: Line
    mean: Weighed | None = None
    design_effect: float = 1.0
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class GroupLine:
    """A district or band of age: how many answered, and the share of the people who are of it."""

    label: str
    count: Shown
    share: float | None
    people: float


@dataclass(frozen=True)
class Decided:
    kind: str
    on: date
    text: str


@dataclass(frozen=True)
class Listened:
    """A theme, what was said of it, and what came of it."""

    name: str
    said: str
    did: tuple[Decided, ...]


@dataclass(frozen=True)
class Results:
    consultation: Consultation
    public: Shown
    police: Shown
    doors: tuple[str, ...]
    door_counts: tuple[Shown, ...]
    flagged: Shown
    questions: tuple[QuestionResult, ...]
    words: tuple[Question, ...]
    districts: tuple[GroupLine, ...]
    ages: tuple[GroupLine, ...]
    weighting: Weighting
    people_notes: tuple[str, ...]
    source: str
    listened: tuple[Listened, ...]
    decisions: tuple[Decided, ...]

    @property
    def is_weighted(self) -> bool:
        return self.weighting.raked is not None

    @property
    def has_flagged(self) -> bool:
        return any(line.without_flagged is not None for q in self.questions for line in q.lines)


def make_results(
    consultation: Consultation,
    responses: Sequence[Any],
    people: People,
    district_names: Mapping[str, str],
    *,
    entries: Sequence[LedgerEntry] = (),
    themes: Mapping[str, tuple[str, str]] | None = None,
    flagged: Collection[str] = frozenset(),
    tables: TablesToPublish | None = None,
) -> Results:
    """`responses` as storage/responses.py streams them (CountedResponse); `themes`: name and what was said, by id.

    Raises StaffError where a second page would give away what the first hides.
    """
    tables = tables or TablesToPublish()
    public = [response for response in responses if response.is_police is not True]
    police = [response for response in responses if response.is_police is True]
    about = {consultation.about.district, consultation.about.age_band, consultation.about.is_police}
    asked = [question for question in questions_of(consultation) if question.id not in about]
    weighting = find_weights(public, people)
    doors = _Doors.of(public, tables.doors)
    tables.doors = doors.large
    theirs = count_answers(police, asked) if len(police) >= SMALL else (None,) * len(asked)
    maker = _Maker(consultation, tables, doors, weighting, [response.answers for response in public])
    flagged_here = frozenset(flagged) & {response.id for response in public} if flagged else frozenset()
    counted = count_answers(public, asked, flagged=flagged_here)
    questions = tuple(
        maker.question(question, result, of_police, has_flagged=bool(flagged_here))
        for question, result, of_police in zip(asked, counted, theirs, strict=True)
    )
    sizes = [[size] for size in doors.sizes] or [[0]]
    [by_door] = tables.hide("doors shown", doors.names or ("none",), sizes)
    [of_police] = tables.hide("police shown", ["police"], [[len(police)]])
    districts, ages = _who(public, people, district_names, tables)
    listened, decisions = _listened(entries, themes or {})
    return Results(
        consultation=consultation,
        public=by_door[-1][0],
        police=of_police[0][0],
        doors=tuple(DOORS.get(name, name.title()) for name in doors.names),
        door_counts=tuple(row[0] for row in by_door[:-1]) if doors.names else (),
        flagged=_shown(len(flagged_here)),
        questions=questions,
        words=tuple(q for q in consultation.questions if q.kind in FREE_TEXT),
        districts=districts,
        ages=ages,
        weighting=weighting,
        people_notes=people.notes,
        source=people.census.source,
        listened=listened,
        decisions=decisions,
    )


def _shown(count: int) -> Shown:
    return PEOPLE.few if is_small(count) else count


@dataclass(frozen=True)
class _Doors:
    """Doors with answers enough, by number of answers, and "other" for the rest; `channels` are those of each."""

    names: tuple[str, ...]
    channels: tuple[tuple[str, ...], ...]
    sizes: tuple[int, ...]
    large: tuple[str, ...]

    @classmethod
    def of(cls, responses: Sequence[Answered], earlier: Sequence[str] | None) -> "_Doors":
        """`earlier` are those shown apart when results were published before: the same are again."""
        seen = Counter(response.channel for response in responses)
        by_size = sorted(seen.items(), key=lambda item: (-item[1], item[0]))
        large = list(earlier) if earlier is not None else [n for n, count in by_size if count >= DOOR_LEAST]
        rest = tuple(sorted(set(seen) - set(large)))
        names = [*large, *(["other"] if rest else [])]
        if len(rest) == 1:
            names[-1] = rest[0]
        channels = [*((name,) for name in large), *([rest] if rest else [])]
        return cls(
            tuple(names),
            tuple(channels),
            tuple(sum(seen[c] for c in part) for part in channels),
            tuple(large),
        )


@dataclass(frozen=True)
class _Maker:
    consultation: Consultation
    tables: TablesToPublish
    doors: _Doors
    weighting: Weighting
    answers: Sequence[Mapping[str, Any]]

    def question(
        self, asked: Asked, result: Result, police: Result | None, *, has_flagged: bool
    ) -> QuestionResult:
        question = self.consultation.find_question(asked.id)
        assert question is not None
        everybody = result.tally(ALL)
        columns = [
            [result.tally(f"channel:{channel}") for channel in channels] for channels in self.doors.channels
        ] or [[everybody]]
        split = [[result.tally(ALL, with_flagged=False)], [everybody]] if has_flagged else None
        of_police = police.tally(ALL) if police is not None else None
        if not self.tables.may_show(f"{asked.id} (police)"):
            of_police = None
        options = [row.option for row in everybody.rows]
        rest = _rest_rows(everybody, self.tables.rest.get(asked.id))
        self.tables.rest[asked.id] = list(rest)
        cells = _Cells(asked.id, self.tables, columns, split, of_police)
        if asked.kind in OF_ALL:
            base = cells.table("", ["answered"], rest)
            lines = [
                cells.table(option, [option], {"": ("answered",)}, chosen_of_answered=True)[0]
                for option in options
            ]
            rest_cells, total = base[1:-1], base[-1]
        elif asked.kind is QuestionKind.NUMBER:
            base = cells.table("", ["answered"], rest)
            lines, rest_cells, total = [], base[1:-1], base[-1]
        else:
            whole = cells.table("", options, rest)
            lines, rest_cells, total = whole[: len(options)], whole[len(options) : -1], whole[-1]
        weighted = weigh_question(asked, self.answers, self.weighting.weights)
        measure = _measure(asked.kind)
        may_tell = everybody.base.answered >= SMALL
        if measure is not Measure.SHARE:
            amounts = [figure.plain.value for figure in weighted.options.values()]
            means = [weighted.mean.plain.value] if weighted.mean else []
            self.tables.check_figures(asked.id, [*amounts, *means])
        labels = {option.value: option.label for option in question.options} | {"yes": "Yes", "no": "No"}
        if any(option.value == DONT_KNOW for option in question.compile(()).options):
            labels[NO_ANSWER] = f"{REST['dont_know']}, or no answer"
        made = []
        for option, line in zip(options, lines, strict=True):
            figure = weighted.options.get(option)
            is_told = may_tell and (measure is not Measure.SHARE or not isinstance(line.count, Hidden))
            made.append(
                Line(
                    option,
                    labels.get(option, option),
                    line.count,
                    figure.plain if figure and is_told else None,
                    figure.weighted if figure and is_told and self.weighting.raked else None,
                    line.doors,
                    line.police,
                    line.without_flagged,
                )
            )
        # With the counts that are shown, an average gives away those that are hidden.
        is_whole = not any(isinstance(line.count, Hidden) for line in lines)
        mean = weighted.mean if may_tell and is_whole else None
        return QuestionResult(
            id=asked.id,
            title=question.title,
            ask=question.ask.strip(),
            kind=asked.kind,
            measure=measure,
            lines=tuple(made),
            rest=tuple(
                Line(name, labels.get(name, REST[name]), *_unlined(line))
                for name, line in zip(rest, rest_cells, strict=True)
            ),
            total=Line("total", "All asked", *_unlined(total)),
            mean=mean,
            design_effect=weighted.design_effect,
            says=_say(asked.kind, made, mean, total_of=question.total or 100, weighted=self.weighting),
        )


def _unlined(line: Line) -> tuple[Any, ...]:
    return (line.count, None, None, line.doors, line.police, line.without_flagged)


def _measure(kind: QuestionKind) -> Measure:
    match kind:
        case QuestionKind.BUDGET:
            return Measure.AMOUNT
        case QuestionKind.RANKING:
            return Measure.POINTS
        case QuestionKind.NUMBER:
            return Measure.NONE
        case _:
            return Measure.SHARE


def _rest_rows(tally: Tally, earlier: Sequence[str] | None) -> dict[str, tuple[str, ...]]:
    """Who gave no answer, by name; together where one of them alone would be few. The same as `earlier`, if any."""
    parts = {"dont_know": ("dont_know",), "skipped": ("skipped",), "not_asked": ("not_asked", "unread")}
    counts = {name: sum(getattr(tally.base, part) for part in of) for name, of in parts.items()}
    if NO_ANSWER in earlier if earlier is not None else any(map(is_small, counts.values())):
        return {NO_ANSWER: tuple(part for of in parts.values() for part in of)}
    if "not_asked" in earlier if earlier is not None else counts["not_asked"]:
        return parts
    return {"dont_know": parts["dont_know"], "skipped": parts["skipped"] + parts["not_asked"]}


@dataclass(frozen=True)
class _Cells:
    """The counts of one question by door, with and without what is flagged, and of the police."""

    question: str
    tables: TablesToPublish
    columns: Sequence[Sequence[Tally]]
    split: Sequence[Sequence[Tally]] | None
    police: Tally | None

    def table(
        self,
        name: str,
        options: Sequence[str],
        rest: Mapping[str, tuple[str, ...]],
        *,
        chosen_of_answered: bool = False,
    ) -> list[Line]:
        """Lines in the order of the rows, and the total. `options` may be "answered", all who did."""

        def count(tallies: Sequence[Tally]) -> list[int]:
            chosen = [sum(_of_option(tally, option) for tally in tallies) for option in options]
            others = [sum(getattr(t.base, part) for t in tallies for part in of) for of in rest.values()]
            if chosen_of_answered:
                others = [others[0] - sum(chosen)]
            return [*chosen, *others]

        names = [*options, *rest]
        key = f"{self.question}/{name}" if name else self.question
        counts = _turned([count(column) for column in self.columns])
        beside = None
        if self.split is not None:
            without, everybody = (count(part) for part in self.split)
            beside = _turned([without, [a - b for a, b in zip(everybody, without, strict=True)]])
        shown = self.tables.hide(key, names, counts, beside)
        theirs = None
        if self.police is not None:
            [theirs] = self.tables.hide(f"{key} (police)", names, [[n] for n in count([self.police])])
        is_by_door = len(self.columns) > 1
        return [
            Line(
                id=row_name,
                label=row_name,
                count=row[-1],
                doors=tuple(row[:-1]) if is_by_door else (),
                police=theirs[at][-1] if theirs else None,
                without_flagged=shown[1][at][0] if len(shown) > 1 else None,
            )
            for at, (row_name, row) in enumerate(zip([*names, "total"], shown[0], strict=True))
        ]


def _of_option(tally: Tally, option: str) -> int:
    if option == "answered":
        return tally.base.answered
    return next((row.count for row in tally.rows if row.option == option), 0)


def _turned(columns: Sequence[Sequence[int]]) -> list[list[int]]:
    return [list(row) for row in zip(*columns, strict=True)]


def _say(
    kind: QuestionKind, lines: Sequence[Line], mean: Weighed | None, *, total_of: int, weighted: Weighting
) -> tuple[str, ...]:
    """What a reader takes with them, in plain sentences."""
    told = [line for line in lines if line.plain is not None]
    if mean is not None and not told:
        figure = mean.weighted if weighted.raked else mean.plain
        return (f"The average answer is {figure.value:,.1f}, give or take {figure.margin:,.1f}.",)
    if not told:
        return ("Too few answered to tell.",)

    def best_of(line: Line) -> Estimate:
        found = line.weighted or line.plain
        assert found is not None
        return found

    top = max(told, key=lambda line: best_of(line).value)
    best = best_of(top)
    if kind is QuestionKind.BUDGET:
        margin = max(best.margin, 1)
        said = f"Most went to “{top.label}”: {best.value:.0f} of {total_of} on average, give or take {margin:.0f}."
    elif kind is QuestionKind.RANKING:
        said = f"“{top.label}” was placed highest."
    else:
        margin = max(1, percent(best.margin))
        said = f"“{top.label}” was said most: by {percent(best.value)} in 100, give or take {margin}."
    lines_said = [said]
    if weighted.raked is not None and kind is not QuestionKind.RANKING:
        moved = max(told, key=lambda line: _moved(line))
        was, now = moved.plain, moved.weighted
        assert was is not None
        if now is not None and kind is not QuestionKind.BUDGET:
            if percent(abs(now.value - was.value)) >= 2:
                lines_said.append(
                    f"Weighting changes “{moved.label}” most: from {percent(was.value)} to {percent(now.value)} in 100."
                )
            else:
                lines_said.append("Weighting changes these figures by less than 2 in 100.")
    return tuple(lines_said)


def _moved(line: Line) -> float:
    return abs(line.weighted.value - line.plain.value) if line.weighted and line.plain else 0.0


def percent(share: float) -> int:
    return round(share * 100)


def _who(
    public: Sequence[Any], people: People, names: Mapping[str, str], tables: TablesToPublish
) -> tuple[tuple[GroupLine, ...], tuple[GroupLine, ...]]:
    seen = Counter(r.district if r.district in names else None for r in public)
    living = {group[0]: count for group, count in people.census.count_by(["district"]).items()}
    districts = _group_lines("who/district", living, seen, len(public), names, tables)
    if not people.ages:
        return districts, ()
    of_age = Counter(people.group_of.get(r.age_band or "") for r in public)
    grown = {group[0]: count for group, count in people.census.count_by(["age"], people.ages).items()}
    in_order = {str(group.band): grown.get(str(group.band), 0.0) for group in people.ages}
    return districts, _group_lines("who/age", in_order, of_age, len(public), {}, tables)


def _group_lines(
    key: str,
    living: Mapping[str, float],
    seen: Mapping[str | None, int],
    answers: int,
    names: Mapping[str, str],
    tables: TablesToPublish,
) -> tuple[GroupLine, ...]:
    groups = list(living)
    known = [seen.get(group, 0) for group in groups]
    counts = [[n] for n in (*known, answers - sum(known))]
    [shown] = tables.hide(key, [*groups, "unknown"], counts)
    everybody = sum(living.values())
    lines = [
        GroupLine(
            names.get(group, group),
            row[0],
            None if isinstance(row[0], Hidden) or not answers else row[0] / answers,
            living[group] / everybody,
        )
        for group, row in zip(groups, shown, strict=False)
    ]
    unknown = shown[len(groups)][0]
    told = None if isinstance(unknown, Hidden) or not answers else unknown / answers
    return (*lines, GroupLine("Not known", unknown, told, 0.0)) if unknown else tuple(lines)


def _listened(
    entries: Sequence[LedgerEntry], themes: Mapping[str, tuple[str, str]]
) -> tuple[tuple[Listened, ...], tuple[Decided, ...]]:
    """Decisions and how they were considered, under the themes they answer; and the decisions that name none."""
    by_theme: dict[str, list[Decided]] = {theme: [] for theme in themes}
    without = []
    for entry in entries:
        if entry.kind not in ("decision", "considered"):
            continue
        decided = Decided(entry.kind, entry.at.date(), str(entry.data.get("text", "")))
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
