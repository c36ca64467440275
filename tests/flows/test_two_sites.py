"""Two places told of in one message, and one place told by two names."""

import pytest

from flows.content import Content
from flows.two_sites import find_two_sites

TWO = [
    ("caravans on the rec in Rugby and another lot at Southam lay-by", "another lot at Southam lay-by"),
    (
        "4 caravans at Warwick racecourse and another 3 on the A46 near Kenilworth",
        "another 3 on the A46 near Kenilworth",
    ),
    (
        "caravans on Myton Fields, also some in Kenilworth at Abbey Fields",
        "some in Kenilworth at Abbey Fields",
    ),
    ("6 caravans off Myton Road in Warwick; also more on the rec in Whitnash", "more on the rec in Whitnash"),
    (
        "caravans at the Pingles in Nuneaton and at Miners Welfare Park in Bedworth",
        "at Miners Welfare Park in Bedworth",
    ),
    ("caravans at CV34 6PH and some at CV21 3AA", "some at CV21 3AA"),
]
ONE = [
    "the A46 between Warwick and Kenilworth",
    "Myton Road, Warwick and Leamington side",
    "lay-by on the A423 near Southam",
    "two caravans and another van at Southam lay-by",
    "caravans in Rugby and Southam",
    "tents and caravans at Barford and rubbish all over",
    "Caravans on St Nicholas Park Warwick and also by the river in St Nicholas Park",
    "they were at Southam and have now moved to another field at Napton",
    "caravans at Barford. I live in Rugby and my mum saw another lot at Warwick",
    "the corner of Warwick Road and Station Road in Kenilworth",
    "",
]


@pytest.mark.parametrize(("text", "second"), TWO)
def test_two_places_far_apart_are_two(content: Content, text: str, second: str):
    found = find_two_sites(content.landmarks, content.gazetteer, text)
    assert found is not None
    assert text.startswith(found[0])
    assert found[1] == second


@pytest.mark.parametrize("text", ONE)
def test_one_place_told_by_two_names_is_one(content: Content, text: str):
    assert find_two_sites(content.landmarks, content.gazetteer, text) is None
