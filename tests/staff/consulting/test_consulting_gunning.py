"""The ledger of a consultation: what was asked stands in it word for word."""

from datetime import date

from consultation_samples import a_consultation

from staff.consulting.gunning import Answered, make_ledger


def test_answers_to_choose_from_stand_beside_each_question():
    ledger = make_ledger(a_consultation(), [], Answered(0, ()), [], None, [])
    [asked] = [sheet for part in ledger.parts for sheet in part.sheets if "asked" in sheet.name]
    offered = {row[1]: row[2] for row in asked.rows}
    assert offered["What should come first?"] == "More lights; More patrols; Better paths; Don't know"
    assert offered["Why is that?"] == ""


def test_one_day_is_one_day():
    monday = date(2026, 11, 30)
    survey = a_consultation(opens=monday, closes=monday, decision_on=date(2026, 12, 1))
    ledger = make_ledger(survey, [], Answered(0, ()), [], None, [])
    said = [line for part in ledger.parts for line in (*part.says, *part.look)]
    assert "It could be answered on 1 day, 1 working day among them." in said
    assert "It was open 1 working day." in said
    assert any(line.endswith(", 1 day after it closes.") for line in said)
