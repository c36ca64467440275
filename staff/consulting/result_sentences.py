"""What the figures of a question mean, in plain sentences."""

from flows.consultations import QuestionKind
from staff.consulting.intervals import Estimate
from staff.consulting.result_shares import TO_STEPS
from staff.consulting.result_values import Line, QuestionResult
from staff.small_numbers import PEOPLE


def say_result(question: QuestionResult, *, total_of: int, weighted: bool) -> tuple[str, ...]:
    """What a reader takes with them, in plain sentences."""
    steps = (TO_STEPS.format(step=question.step),) if question.step > 1 else ()
    return (*_say_figures(question, total_of=total_of, weighted=weighted), *steps)


def _say_figures(question: QuestionResult, *, total_of: int, weighted: bool) -> tuple[str, ...]:
    kind, lines, mean = question.kind, question.lines, question.mean
    told = [line for line in lines if line.plain is not None]
    if mean is not None and not told:
        figure = mean.weighted if weighted else mean.plain
        return (f"The average answer is {figure.value:,.1f}, give or take {figure.margin:,.1f}.",)
    if not told:
        return ("Too few answered to tell.",)

    def best_of(line: Line) -> Estimate:
        found = line.weighted or line.plain
        assert found is not None
        return found

    # Shares that are rounded alike are told apart by the counts beside them.
    top = max(told, key=lambda line: (best_of(line).value, PEOPLE.tells(line.count)))
    best = best_of(top)
    if kind is QuestionKind.BUDGET:
        margin = max(best.margin, 1)
        said = f"Most went to “{top.label}”: {best.value:.0f} of {total_of} on average, give or take {margin:.0f}."
    elif kind is QuestionKind.RANKING:
        said = f"“{top.label}” was placed highest."
    else:
        margin = max(1, percent(best.margin))
        about = "about " if question.step > 1 else ""
        said = f"“{top.label}” was said most: by {about}{percent(best.value)} in 100, give or take {margin}."
    lines_said = [said]
    if weighted and question.step == 1 and kind is not QuestionKind.RANKING:
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
