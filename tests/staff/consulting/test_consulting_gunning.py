"""The ledger of a consultation: what was asked stands in it word for word."""

from consultation_samples import a_consultation

from staff.consulting.gunning import Answered, make_ledger


def test_answers_to_choose_from_stand_beside_each_question():
    ledger = make_ledger(a_consultation(), [], Answered(0, ()), [], None, [])
    [asked] = [sheet for part in ledger.parts for sheet in part.sheets if "asked" in sheet.name]
    offered = {row[1]: row[2] for row in asked.rows}
    assert offered["What should come first?"] == "More lights; More patrols; Better paths; Don't know"
    assert offered["Why is that?"] == ""
