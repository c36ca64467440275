"""Result tables of every kind of question."""

import random
from time import perf_counter

import pytest

from staff.consulting.counting import DONT_KNOW, Asked, Kind, Response, count_answers, list_figures

PARKS = ("police", "youth", "roads")


def said(*values, **of):
    return [Response({"q": value}, channel=of.get("channel", "sms")) for value in values]


def count(question: Asked, responses):
    [result] = count_answers(responses, [question])
    return result.tally()


def test_a_choice_tells_apart_dont_know_skipped_not_asked_and_what_does_not_fit() -> None:
    responses = [*said("a", "a", "b", DONT_KNOW, None, "gone"), Response({}, channel="web")]
    tally = count(Asked("q", Kind.SINGLE, ("a", "b", "c")), responses)
    base = tally.base
    assert (base.answered, base.dont_know, base.skipped, base.not_asked, base.unread) == (3, 1, 1, 1, 1)
    assert base.asked == 6
    assert [(r.option, r.count) for r in tally.rows] == [("a", 2), ("b", 1), ("c", 0)]
    share = tally.rows[0].share
    assert share is not None
    assert share.value == pytest.approx(2 / 3)
    assert share.low < share.value < share.high


def test_the_public_and_the_police_doors_and_flagged_answers_are_told_apart() -> None:
    responses = [
        Response({"q": "a"}, "sms"),
        Response({"q": "a"}, "web", is_flagged=True),
        Response({"q": "b"}, "web", is_police=True),
    ]
    [result] = count_answers(responses, [Asked("q", Kind.SINGLE, ("a", "b"))])
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
    tally = count(Asked("q", Kind.SEVERAL, ("a", "b", "c")), said(["a", "b"], ["a"], ["b", "a"], ["a", "a"]))
    assert [(r.count, round(r.share.value, 3)) for r in tally.rows if r.share] == [
        (3, 1.0),
        (2, 0.667),
        (0, 0.0),
    ]
    assert tally.base.unread == 1


def test_a_scale_has_a_spread_a_mean_and_a_median() -> None:
    tally = count(Asked("q", Kind.SCALE, steps=(1, 5)), said(1, 2, 2, 5, 5, 6))
    assert [r.count for r in tally.rows] == [1, 2, 0, 0, 2]
    assert tally.mean is not None
    assert tally.mean.value == 3
    assert tally.mean.margin == pytest.approx(1.96 * (3.5 / 5) ** 0.5, abs=0.001)
    assert tally.median == 2
    assert tally.base.unread == 1
    assert count(Asked("q", Kind.RATING, steps=(0, 10)), said(4, 7)).median == 5.5


def test_a_number_has_quartiles_and_yes_and_no_are_options() -> None:
    assert count(Asked("q", Kind.NUMBER), said(1, 2, 3, 4, 5.5)).quartiles == (2, 3, 4)
    assert [r.count for r in count(Asked("q", Kind.YES_NO), said(True, "yes", False)).rows] == [2, 1]


def test_a_ranking_has_first_choices_points_and_mean_ranks() -> None:
    tally = count(
        Asked("q", Kind.RANKING, PARKS),
        said(["police", "youth", "roads"], ["police", "roads", "youth"], ["youth"], ["youth", "youth"]),
    )
    by = {r.option: r for r in tally.rows}
    assert [by[o].count for o in PARKS] == [2, 1, 0]
    assert [by[o].points for o in PARKS] == pytest.approx([4.5 / 3, 3 / 3, 1.5 / 3])
    assert [by[o].mean_rank for o in PARKS] == pytest.approx([4.5 / 3, 2, 7.5 / 3])


def test_a_budget_is_a_mean_for_each_item() -> None:
    tally = count(
        Asked("q", Kind.BUDGET, PARKS),
        said({"police": 60, "youth": 40}, {"police": 20, "roads": 80}, {"tanks": 9}),
    )
    assert [r.mean.value for r in tally.rows if r.mean] == [40, 20, 40]
    assert [r.count for r in tally.rows] == [2, 1, 1]
    assert tally.base.unread == 1


def test_words_are_counted_and_not_shown() -> None:
    tally = count(Asked("q", Kind.TEXT), said("More buses", "dont_know", None, ""))
    assert (tally.base.answered, tally.base.dont_know, tally.base.skipped) == (2, 1, 1)
    assert tally.rows == ()


@pytest.mark.parametrize("kind", list(Kind))
def test_without_answers_there_are_no_figures_and_no_fault(kind) -> None:
    question = Asked("q", kind, PARKS)
    for responses in ([], said(None), [Response({}, "web")]):
        assert count(question, responses).base.answered == 0
    assert all(row["value"] == 0 for row in list_figures(count_answers([], [question])))


def test_every_figure_has_a_row_of_its_own_in_the_open_data() -> None:
    rows = list(list_figures(count_answers(said("a", "b"), [Asked("q", Kind.SINGLE, ("a", "b"))])))
    share = next(
        r
        for r in rows
        if (r["group"], r["flagged"], r["option"], r["measure"]) == ("all", "with", "a", "share")
    )
    assert share["value"] == 0.5
    assert {row["measure"] for row in rows} >= {
        "asked",
        "answered",
        "dont_know",
        "skipped",
        "not_asked",
        "count",
    }


def many_responses(number: int) -> list[Response]:
    chance = random.Random(1)
    responses = []
    for _ in range(number):
        ranked = list(PARKS)
        chance.shuffle(ranked)
        answers = {
            "single": chance.choice(("a", "b", "c", DONT_KNOW, None)),
            "several": chance.sample(("a", "b", "c"), 2),
            "scale": chance.randint(1, 5),
            "number": chance.randint(0, 400),
            "ranking": ranked,
            "budget": {"police": (first := chance.randint(0, 100)), "youth": 100 - first},
        }
        channel = chance.choice(("sms", "web", "telegram", "paper"))
        responses.append(Response(answers, channel, chance.random() < 0.05, chance.random() < 0.02))
    return responses


SIX = (
    Asked("single", Kind.SINGLE, ("a", "b", "c")),
    Asked("several", Kind.SEVERAL, ("a", "b", "c")),
    Asked("scale", Kind.SCALE, steps=(1, 5)),
    Asked("number", Kind.NUMBER),
    Asked("ranking", Kind.RANKING, PARKS),
    Asked("budget", Kind.BUDGET, PARKS),
)


def test_ten_thousand_responses_are_counted_at_once() -> None:
    responses = many_responses(10_000)
    begun = perf_counter()
    results = count_answers(responses, SIX)
    assert perf_counter() - begun < 0.5  # about 0.02 s alone on a core
    assert all(result.tally().base.asked == 10_000 for result in results)
