"""What of a page of results adds up to what, in every column: as a reader writes it down who wants to know more."""

from collections.abc import Mapping, Sequence
from math import ceil, inf

from flows.consultations import Question, QuestionKind
from flows.forms import DONT_KNOW
from staff.consulting.pencil import Pencil
from staff.consulting.result_cells import NO_ANSWER
from staff.consulting.result_tables import TENS
from staff.consulting.result_values import Measure, QuestionResult, Results
from staff.small_numbers import PEOPLE, Hidden

Name = tuple[str, ...]
ALL, WITHOUT, APART, POLICE = "all", "without flagged", "flagged", "police"
WERE_ASKED, NOT_ASKED, IN_VAIN = "were asked", "not_asked", "asked in vain"
CHOSEN_APART = frozenset(
    {QuestionKind.SEVERAL, QuestionKind.BUDGET}
)  # their counts do not add up to who answered
LEFT_OUT = (
    "Figures are left out here, since with others on this page they would tell what a few people answered."
)


class PageSums:
    """Takes down what a page says, in every column, and which of it adds up to which."""

    def __init__(
        self,
        pencil: Pencil[Name],
        results: Results,
        age_of: Mapping[str, str],
        conditions: bool,
        large: frozenset[str],
    ) -> None:
        self._pencil = pencil
        self._results = results
        self._age_of = age_of
        self._conditions = conditions
        self._large = large
        self._doors = results.doors if len(results.doors) > 1 else ()

    def read(self) -> None:
        pencil, results = self._pencil, self._results
        pencil.read((ALL,), results.public)
        pencil.read((POLICE,), results.police)
        if self._doors:
            for door, count in zip(self._doors, results.door_counts, strict=True):
                pencil.read((door,), count)
            pencil.add_up([(door,) for door in self._doors], (ALL,))
        for by, groups in (("district", results.districts), ("age", results.ages)):
            for group in groups:
                pencil.read((by, group.label), group.count)
            if groups:
                pencil.add_up([(by, group.label) for group in groups], (ALL,))
        if results.has_flagged:
            pencil.watch((APART,))
            if not isinstance(results.flagged, Hidden):
                tens = results.flagged
                pencil.learn((APART,), max(tens - TENS // 2, PEOPLE.small), tens + TENS // 2 - 1)
            pencil.add_up([(APART,), (WITHOUT,)], (ALL,))
        for question in results.questions:
            if LEFT_OUT in question.says:
                continue
            columns = self._read_lines(question)
            labels = [line.id for line in (*question.lines, *question.rest)]
            for column in columns:
                labels += self._read_question(question, column)
            for label in dict.fromkeys(labels):
                self._add_columns(question.id, label, columns)

    def _add_columns(self, id: str, label: str, columns: Sequence[str]) -> None:
        """All doors together are all, and so are those without what is flagged and what is flagged."""
        doors = [column for column in columns if column in self._doors]
        for parts in (doors, [WITHOUT, APART] if WITHOUT in columns else []):
            if parts:
                self._pencil.add_up([(id, label, column) for column in parts], (id, label, ALL))

    def _read_lines(self, question: QuestionResult) -> tuple[str, ...]:
        """Reads every cell; returns the columns there are, and that of what is flagged, which stands nowhere."""
        pencil, id = self._pencil, question.id
        every = (*question.lines, *question.rest, question.total)
        columns = {ALL: [line.count for line in every]}
        if self._doors and question.total.doors:
            for at, door in enumerate(self._doors):
                columns[door] = [line.doors[at] for line in every]
        if question.total.without_flagged is not None:
            columns[WITHOUT] = [line.without_flagged or 0 for line in every]
        if question.total.police is not None:
            columns[POLICE] = [line.police or 0 for line in every]
        for column, shown in columns.items():
            for line, count in zip(every, shown, strict=True):
                name = (column,) if line is question.total else (id, line.id, column)
                pencil.read(name, count, hidden_is_large=id in self._large)
        for column, shown in columns.items():
            names = [(id, line.id, column) for line in every[:-1]]
            hidden = [name for name, count in zip(names, shown, strict=False) if isinstance(count, Hidden)]
            if len(hidden) > 1 and question.kind not in CHOSEN_APART:
                pencil.watch((id, "together", column))
                pencil.add_up(hidden, (id, "together", column))
        if WITHOUT not in columns:
            return tuple(columns)
        for line in every[:-1]:
            pencil.watch((id, line.id, APART))
        return (*columns, APART)

    def _read_question(self, question: QuestionResult, column: str) -> list[str]:
        """What adds up to what in a column; returns the names of what stands nowhere."""
        pencil, id = self._pencil, question.id
        lines = [(id, line.id, column) for line in question.lines]
        answered, labels = (id, "answered", column), ["answered"]
        pencil.watch(answered)
        pencil.add_up([answered, *((id, line.id, column) for line in question.rest)], (column,))
        if question.kind in CHOSEN_APART:
            for line in question.lines:
                for label, of in ((f"not {line.id}", answered), (f"not or none {line.id}", (column,))):
                    labels.append(label)
                    pencil.watch((id, label, column))
                    pencil.add_up([(id, line.id, column), (id, label, column)], of)
            if lines:  # everybody who answered chose one or more
                pencil.add_up([answered, (id, "more than one", column)], (id, "chosen", column))
                pencil.add_up(lines, (id, "chosen", column))
        elif question.kind is not QuestionKind.NUMBER:
            pencil.add_up(lines, answered)
        if self._conditions:
            labels += self._read_condition(question, column)
        return labels

    def read_again(self) -> None:
        """What is no sum, and tells more the more is known."""
        for question in self._results.questions:
            if (question.id, "answered", ALL) in self._pencil.known:
                self._read_figures(question)
            for column in (ALL, WITHOUT, APART, POLICE, *self._doors):
                if (question.id, "answered", column) in self._pencil.known:
                    self._read_most(question, column)

    def _read_most(self, question: QuestionResult, column: str) -> None:
        asked = self._results.consultation.find_question(question.id)
        if asked is not None and question.kind is QuestionKind.SEVERAL and question.lines:
            most = min(asked.most or len(question.lines), len(question.lines))
            chosen = sum(self._pencil.known[question.id, line.id, column][0] for line in question.lines)
            self._pencil.learn((question.id, "answered", column), ceil(chosen / most), inf)

    def _read_figures(self, question: QuestionResult) -> None:
        """How many answered, by a share beside a count; how many chose something, by what was given it together."""
        pencil, answered = self._pencil, (question.id, "answered", ALL)
        asked = self._results.consultation.find_question(question.id)
        everybody = self._pencil.known[ALL,][1]
        for line in question.lines:
            if line.plain is None:
                continue
            if question.measure is Measure.SHARE and not isinstance(line.count, Hidden):
                half = question.step / 200
                share = line.plain.value if question.step > 1 else round(line.plain.value, 2)
                most = line.count / (share - half) if share > half else inf
                pencil.learn(answered, line.count / (share + half), most)
            elif question.measure is Measure.AMOUNT and asked is not None and everybody < inf:
                least, most = pencil.known[answered][0], min(pencil.known[answered][1], everybody)
                amount = round(line.plain.value, 1)
                given = (amount - 0.05) * least, (amount + 0.05) * most
                pencil.learn((question.id, line.id, ALL), given[0] / (asked.total or 100), given[1])

    def _read_condition(self, question: QuestionResult, column: str) -> list[str]:
        """A question that is put to some alone tells how many those are."""
        asked = self._results.consultation.find_question(question.id)
        of = self._find_asked(asked, column) if asked is not None else None
        if of is None:
            return []
        asked_of, others = of
        id, pencil, names = question.id, self._pencil, [line.id for line in question.rest]
        were, were_not, in_vain = ((id, label, column) for label in (WERE_ASKED, NOT_ASKED, IN_VAIN))
        pencil.watch(were)
        pencil.watch(were_not)
        pencil.add_up([were, were_not], (column,))
        for parts, whole in ((asked_of, were), (others, were_not)):
            if parts:
                pencil.add_up(parts, whole)
        if NOT_ASKED not in names and NO_ANSWER in names:
            pencil.watch(in_vain)
            pencil.add_up([were_not, in_vain], (id, NO_ANSWER, column))
            return [WERE_ASKED, NOT_ASKED, IN_VAIN]
        if NOT_ASKED not in names:
            pencil.learn(were_not, 0, 0)
        return [WERE_ASKED, NOT_ASKED]

    def _find_asked(self, asked: Question, column: str) -> tuple[Sequence[Name], Sequence[Name]] | None:
        """The cells that together are those who were asked, and those who were not; None: it hangs on more than that.

        Of options that are chosen apart the second are unknown: none.
        """
        condition = asked.when or asked.unless
        if len(condition) != 1 or (asked.when and asked.unless):
            return None
        [(name, values)] = condition.items()
        told = [value if isinstance(value, str) else "yes" if value else "no" for value in values]
        if name == self._results.consultation.about.age_band:
            held, others = self._find_bands(told)
            if not held or column != ALL:
                return None
        else:
            by = next((q for q in self._results.questions if q.id == name), None)
            if by is None or DONT_KNOW in told or (by.kind in CHOSEN_APART and len(told) > 1):
                return None
            held = [(name, value, column) for value in told]
            if not all(cell in self._pencil.known for cell in held):
                return None
            every = [(name, line.id, column) for line in (*by.lines, *by.rest)]
            others = [] if by.kind in CHOSEN_APART else [cell for cell in every if cell not in held]
        return (held, others) if asked.when else (others, held)

    def _find_bands(self, ages: Sequence[str]) -> tuple[list[Name], list[Name]]:
        """The bands these ages are, and all others; none where a band has other ages as well."""
        bands = {self._age_of[age] for age in ages if age in self._age_of}
        if not {age for age, band in self._age_of.items() if band in bands} <= set(ages):
            return [], []
        every = [("age", group.label) for group in self._results.ages]
        return (
            [cell for cell in every if cell[1] in bands],
            [cell for cell in every if cell[1] not in bands],
        )
