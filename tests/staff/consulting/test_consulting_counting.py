"""Result tables of every kind of question."""

import random
from dataclasses import dataclass, field
from itertools import count as numbers
from math import inf
from typing import Any

import pytest

from flows.consultations import FREE_TEXT, Consultation, QuestionKind
from flows.forms import DONT_KNOW
from staff.consulting.answer_columns import Asked, questions_of
from staff.consulting.counting import count_answers

PARKS = ("police", "youth", "roads")


NUMBERS = numbers()


@dataclass(frozen=True)
class Response:
    answers: dict[str, Any]
    channel: str
    is_police: bool | None = None
    district: str | None = None
    age_band: str | None = None
    id: str = field(default_factory=lambda: str(next(NUMBERS)))


def said(*values, **of):
    return [Response({"q": value}, channel=of.get("channel", "sms")) for value in values]


def count(question: Asked, responses):
    [result] = count_answers(responses, [question])
    return result.tally()


def test_a_choice_tells_apart_dont_know_skipped_not_asked_and_what_does_not_fit() -> None:
    responses = [*said("a", "a", "b", DONT_KNOW, None, "gone"), Response({"young": True}, channel="web")]
    asked = Asked("q", QuestionKind.SINGLE, ("a", "b", "c"), is_asked=lambda answers: "young" not in answers)
    tally = count(asked, [*responses, Response({}, "web")])
    base = tally.base
    assert (base.answered, base.dont_know, base.skipped, base.not_asked, base.unread) == (3, 1, 2, 1, 1)
    assert base.asked == 7
    assert [(r.option, r.count) for r in tally.rows] == [("a", 2), ("b", 1), ("c", 0)]
    share = tally.rows[0].share
    assert share is not None
    assert share.value == pytest.approx(2 / 3)
    assert share.low < share.value < share.high


def test_the_public_and_the_police_doors_and_flagged_answers_are_told_apart() -> None:
    responses = [
        Response({"q": "a"}, "sms"),
        Response({"q": "a"}, "web", id="flagged"),
        Response({"q": "b"}, "web", is_police=True),
    ]
    [result] = count_answers(responses, [Asked("q", QuestionKind.SINGLE, ("a", "b"))], flagged=["flagged"])
    assert {(t.group, t.with_flagged): tuple(r.count for r in t.rows) for t in result.tallies} == {
        ("all", True): (2, 1), ("all", False): (1, 1),
        ("public", True): (2, 0), ("public", False): (1, 0),
        ("police", True): (0, 1), ("police", False): (0, 1),
        ("channel:sms", True): (1, 0), ("channel:sms", False): (1, 0),
        ("channel:web", True): (1, 1), ("channel:web", False): (0, 1),
    }  # fmt: skip
    assert result.tally("public", with_flagged=False).base.answered == 1
    with pytest.raises(KeyError):
        result.tally("nobody")


def test_several_choices_are_shares_of_people_not_of_ticks() -> None:
    tally = count(
        Asked("q", QuestionKind.SEVERAL, ("a", "b", "c")),
        said(["a", "b"], ["a"], ["b", "a"], ["a", "a"], [DONT_KNOW]),
    )
    assert [(r.count, round(r.share.value, 3)) for r in tally.rows if r.share] == [
        (3, 1.0),
        (2, 0.667),
        (0, 0.0),
    ]
    assert (tally.base.unread, tally.base.dont_know) == (1, 1)


def test_a_scale_has_a_spread_a_mean_and_a_median() -> None:
    steps = ("never", "seldom", "some", "often", "always")
    answers = said("never", "seldom", "seldom", "always", "always", "6", DONT_KNOW)
    tally = count(Asked("q", QuestionKind.SCALE, steps), answers)
    assert [r.count for r in tally.rows] == [1, 2, 0, 0, 2]
    assert tally.mean is not None
    assert tally.mean.value == 3
    assert tally.mean.margin == pytest.approx(1.96 * (3.5 / 5) ** 0.5, abs=0.001)
    assert tally.median == 2
    assert tally.base.unread == 1
    assert count(Asked("q", QuestionKind.RATING, steps=(0, 10)), said(4, 7, 11)).median == 5.5


def test_a_number_has_quartiles_and_yes_and_no_are_options() -> None:
    assert count(Asked("q", QuestionKind.NUMBER), said(1, 2, 3, 4, 5.5)).quartiles == (2, 3, 4)
    assert [r.count for r in count(Asked("q", QuestionKind.YES_NO), said(True, True, False)).rows] == [2, 1]


def test_a_ranking_has_first_choices_points_and_mean_ranks() -> None:
    tally = count(
        Asked("q", QuestionKind.RANKING, PARKS),
        said(["police", "youth", "roads"], ["police", "roads", "youth"], ["youth"], ["youth", "youth"]),
    )
    by = {r.option: r for r in tally.rows}
    assert [by[o].count for o in PARKS] == [2, 1, 0]
    assert [by[o].points for o in PARKS] == pytest.approx([4.5 / 3, 3 / 3, 1.5 / 3])
    assert [by[o].mean_rank for o in PARKS] == pytest.approx([4.5 / 3, 2, 7.5 / 3])


def test_a_budget_is_a_mean_for_each_item() -> None:
    tally = count(
        Asked("q", QuestionKind.BUDGET, PARKS),
        said({"police": 60, "youth": 40}, {"police": 20, "roads": 80}, {"tanks": 9}),
    )
    assert [r.mean.value for r in tally.rows if r.mean] == [40, 20, 40]
    assert [r.count for r in tally.rows] == [2, 1, 1]
    assert tally.base.unread == 1


def test_a_place_is_counted_by_district() -> None:
    tally = count(
        Asked("q", QuestionKind.PLACE),
        said({"district": "rugby"}, {"outside": "Coventry"}, {"district": "rugby"}),
    )
    assert [(r.option, r.count) for r in tally.rows] == [("not_known", 1), ("rugby", 2)]


@pytest.mark.parametrize("kind", [kind for kind in QuestionKind if kind not in FREE_TEXT])
def test_without_answers_there_are_no_figures_and_no_fault(kind) -> None:
    question = Asked("q", kind, PARKS)
    for responses in ([], said(None), [Response({}, "web")]):
        assert count(question, responses).base.answered == 0
    [result] = count_answers([], [question])
    assert all(row.count == 0 for tally in result.tallies for row in tally.rows)


def test_one_number_alone_has_no_interval() -> None:
    mean = count(Asked("q", QuestionKind.NUMBER), said(3)).mean
    assert mean is not None
    assert (mean.value, mean.low, mean.high) == (3.0, -inf, inf)


OPTIONS = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
SURVEY = Consultation.model_validate(
    {
        "id": "roads",
        "version": 1,
        "title": "Roads",
        "thing": "survey",
        "keywords": ["ROADS"],
        "opens": "2026-12-01",
        "closes": "2026-12-31",
        "decision_on": "2027-02-01",
        "audience": "Everybody",
        "anonymity": "anonymous",
        "owner": "The office",
        "intro": {"text": "About roads."},
        "questions": [
            {"id": "which", "kind": "single", "title": "Which", "ask": "Which?", "options": OPTIONS},
            {
                "id": "how",
                "kind": "rating",
                "title": "How",
                "ask": "How?",
                "when": {"which": ["a"]},
                "maximum": 5,
            },
            {"id": "words", "kind": "long_text", "title": "Words", "ask": "More?"},
        ],
    }
)


def test_a_consultation_is_counted_as_its_file_says() -> None:
    responses = [
        Response({"which": "a", "how": 5}, "sms"),
        Response({"which": "a"}, "sms"),
        Response({"which": "b"}, "sms"),
        Response({"which": DONT_KNOW}, "sms"),
    ]
    which, how = count_answers(responses, questions_of(SURVEY))
    assert ([r.option for r in which.tally().rows], which.tally().base.dont_know) == (["a", "b"], 1)
    assert [r.option for r in how.tally().rows] == ["0", "1", "2", "3", "4", "5"]
    base = how.tally().base
    assert (base.answered, base.skipped, base.not_asked) == (1, 1, 2)


def many_responses(number: int) -> list[Response]:
    chance = random.Random(1)
    responses = []
    for _ in range(number):
        ranked = list(PARKS)
        chance.shuffle(ranked)
        answers = {
            "single": chance.choice(("a", "b", "c", DONT_KNOW, None)),
            "several": chance.sample(("a", "b", "c"), 2),
            "scale": chance.choice("12345"),
            "number": chance.randint(0, 400),
            "ranking": ranked,
            "budget": {"police": (first := chance.randint(0, 100)), "youth": 100 - first},
        }
        channel = chance.choice(("sms", "web", "telegram", "paper"))
        responses.append(Response(answers, channel, chance.random() < 0.05))
    return responses


SIX = (
    Asked("single", QuestionKind.SINGLE, ("a", "b", "c")),
    Asked("several", QuestionKind.SEVERAL, ("a", "b", "c")),
    Asked("scale", QuestionKind.SCALE, tuple("12345")),
    Asked("number", QuestionKind.NUMBER),
    Asked("ranking", QuestionKind.RANKING, PARKS),
    Asked("budget", QuestionKind.BUDGET, PARKS),
)


def test_ten_thousand_responses_are_each_counted() -> None:
    responses = many_responses(10_000)
    results = count_answers(responses, SIX, flagged={response.id for response in responses[::50]})
    assert all(result.tally().base.asked == 10_000 for result in results)
