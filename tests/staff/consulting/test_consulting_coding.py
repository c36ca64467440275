"""People's codes over the machine's themes: a codebook that remembers, and whose word counts."""

from datetime import UTC, datetime, timedelta

import pytest

from staff.consulting.coding import (
    Assignment,
    Code,
    Codebook,
    CodingError,
    Standing,
    find_codes,
    find_disputes,
    find_latest,
    find_to_code_again,
)

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)


def code(id: str, *themes: str) -> Code:
    return Code(id, id.title(), f"What is said of {id}.", "ann", NOW, themes)


def said(
    answer: str, codes: str, coder: str = "ann", minute: int = 0, *, settles: bool = False
) -> Assignment:
    return Assignment(
        answer, frozenset(codes.split()), coder, NOW + timedelta(minutes=minute), settles=settles
    )


BOOK = Codebook().add(code("speed", "T1")).add(code("lights", "T2", "T3")).add(code("parks"))


def test_machine_only_proposes_and_a_person_s_code_counts():
    proposed = {"a1": ["T1"], "a2": ["T2", "T1"], "a3": ["T9"]}
    found = find_codes(BOOK, [said("a2", "parks")], proposed)
    assert found["a1"].codes == {"speed"} and found["a1"].standing is Standing.PROPOSED
    assert found["a2"].codes == {"parks"} and found["a2"].standing is Standing.CODED
    assert found["a3"].codes == frozenset()


def test_no_code_at_all_is_a_judgement_too():
    assert find_codes(BOOK, [said("a1", "")], {"a1": ["T1"]})["a1"].codes == frozenset()


def test_a_coder_s_later_word_replaces_the_earlier():
    found = find_codes(BOOK, [said("a1", "parks", minute=5), said("a1", "speed", minute=1)], {})
    assert found["a1"].codes == {"parks"}


def test_coders_who_differ_are_listed_until_somebody_settles():
    both = [
        said("a1", "speed lights"),
        said("a1", "speed", "bob"),
        said("a2", "parks"),
        said("a2", "parks", "bob"),
    ]
    (dispute,) = find_disputes(BOOK, both)
    assert (dispute.answer, dispute.codes) == ("a1", {"ann": {"speed", "lights"}, "bob": {"speed"}})
    found = find_codes(BOOK, both, {})
    assert (found["a1"].codes, found["a1"].standing) == ({"speed"}, Standing.DISPUTED)
    assert found["a2"].standing is Standing.AGREED
    settled = [*both, said("a1", "lights", "cat", 9, settles=True)]
    assert find_disputes(BOOK, settled) == []
    assert find_codes(BOOK, settled, {})["a1"].codes == {"lights"}
    (again,) = find_disputes(BOOK, [*settled, said("a1", "parks", "bob", 12)])
    assert again.answer == "a1"


def test_what_was_merged_counts_as_what_it_was_merged_into():
    book = BOOK.merge("parks", into="lights", by="ann", now=NOW).merge(
        "lights", into="speed", by="bob", now=NOW
    )
    assert find_codes(book, [said("a1", "parks")], {"a2": ["T3"]}) == {
        "a1": find_codes(book, [said("a1", "speed")], {})["a1"],
        "a2": find_codes(book, [], {"a2": ["T1"]})["a2"],
    }
    assert book.get("parks").merged_into == "lights" and book.get("lights").closed_by == "bob"
    assert [one.id for one in book.list_open()] == ["speed"]


def test_what_was_split_is_coded_again():
    book = BOOK.split("lights", [code("lamps"), code("paths")], by="ann", now=NOW)
    assert find_to_code_again(book, [said("a2", "lights"), said("a1", "speed")]) == ["a2"]
    assert book.get("lamps").made_of == "lights" and book.get("lights").split_into == ("lamps", "paths")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda: BOOK.add(code("speed")), "already"),
        (lambda: BOOK.merge("speed", into="speed", by="ann", now=NOW), "itself"),
        (lambda: BOOK.merge("speed", into="noise", by="ann", now=NOW), "speed, lights, parks"),
        (lambda: BOOK.split("speed", [code("cars")], by="ann", now=NOW), "two new codes"),
        (
            lambda: BOOK.merge("speed", into="parks", by="ann", now=NOW).merge(
                "speed", into="lights", by="ann", now=NOW
            ),
            "before",
        ),
        (lambda: BOOK.add(Code("x", "X", " ", "ann", NOW)), "one sentence"),
    ],
)
def test_codebook_says_what_it_does_not_allow(change, told):
    with pytest.raises(CodingError, match=told):
        change()


def test_latest_is_read_through_the_codebook_of_today():
    book = BOOK.merge("parks", into="lights", by="ann", now=NOW)
    assert find_latest(book, [said("a1", "parks")])["a1"]["ann"].codes == {"lights"}
