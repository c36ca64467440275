"""What is said of the figures of a question, in plain sentences."""

from flows.consultations import QuestionKind
from staff.consulting.intervals import Estimate
from staff.consulting.result_sentences import say_result
from staff.consulting.result_values import Line, Measure, QuestionResult


def say(*lines: Line, step: int) -> str:
    total = Line("total", "All", sum(line.count for line in lines if isinstance(line.count, int)))
    kind, measure = QuestionKind.RATING, Measure.SHARE
    question = QuestionResult("humps", "Humps", "How many?", kind, measure, lines, (), total, None, step=step)
    return say_result(question, total_of=100, weighted=False)[0]


def line(label: str, count: int, share: float) -> Line:
    return Line(label, label, count, plain=Estimate(share, share - 0.03, share + 0.03))


def test_of_shares_rounded_alike_the_one_more_people_said_is_named():
    assert say(line("0", 16, 0.1), line("2", 33, 0.1), line("3", 20, 0.1), step=10).startswith(
        "“2” was said most"
    )
