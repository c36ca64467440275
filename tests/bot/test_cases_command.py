"""`frontdoor cases`: staff see what people sent, say where it stands and write to whoever sent it."""

from datetime import datetime, timedelta

import pytest
from desk import PHONE, Line, audit, chat, file, now, open_desk, read, ref, run, run_json
from typer.testing import CliRunner

from bot.cli import app
from storage.database import Database

WORDS = "list show assign state move desk note reply takeover handback merge split overdue".split()
ARGUMENTS = {
    "assign": ("eve",),
    "state": ("acknowledged",),
    "move": ("52.2901", "-1.5702", "--why", "Seen there"),
    "desk": ("national_highways", "--why", "A motorway verge"),
    "note": ("Ring back",),
    "reply": ("We are on it.",),
    "merge": (ref(2),),
}


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Database:
    """Three cases: one urgent, one old, one a custody visit."""
    database = open_desk(tmp_path, monkeypatch)
    file(database, ref(1), days_ago=2, routed_to="warwick_council")
    file(database, ref(2), urgent=True)
    file(database, ref(3, "VC"), days_ago=12, form="custody_visit", personal={}, district=None)
    return database


def id_of(desk: Database, reference: str) -> str:
    return str(read(desk, lambda tx: tx.submissions.find_by_reference(reference)).id)


def pushed(desk: Database) -> list[str]:
    due = read(desk, lambda tx: tx.pushes.due(now() + timedelta(days=5), 9))
    return [push.reply["text"] for push in due]


@pytest.mark.parametrize("word", [*WORDS, "states"])
def test_each_word_explains_itself(word):
    code, printed = run("cases", word, "--help")
    assert code == 0
    assert "Usage:" in printed


def test_the_list_shows_urgent_ones_first_then_the_oldest(desk):
    assert run("cases", "takeover", ref(2), "--as", "ada")[0] == 0
    code, printed = run("cases", "list")
    assert code == 0, printed
    assert [r for r in printed.split() if r in (ref(1), ref(2), ref(3, "VC"))] == [
        ref(2),
        ref(3, "VC"),
        ref(1),
    ]
    for shown in ("encampment", "warwick_council", "received", "urgent, taken by ada", "3 case(s)."):
        assert shown in printed


def test_the_list_as_json_holds_the_same_rows(desk):
    first, *_ = run_json("cases", "list")
    assert datetime.fromisoformat(first.pop("since")) <= now()
    assert datetime.fromisoformat(first.pop("due")) > now()
    assert first == {
        "reference": ref(2),
        "form": "encampment",
        "state": "received",
        "district": "warwick",
        "routed_to": None,
        "assigned_to": None,
        "urgent": True,
        "age_days": 0,
        "merged_into": None,
        "has_news": False,
        "taken": None,
        "desk": None,
        "overdue": False,
        "unsolved": False,
        "reports": 1,
    }


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--form", "custody_visit"), [ref(3, "VC")]),
        (("--form", "custody_visit", "--form", "encampment"), [ref(2), ref(3, "VC"), ref(1)]),
        (("--district", "warwick", "--limit", "1"), [ref(2)]),
        (("--unassigned", "--form", "encampment"), [ref(2)]),
        (("--assigned", "eve"), [ref(1)]),
        (("--state", "waiting"), []),
        (("--merged",), [ref(2), ref(3, "VC"), ref(1)]),
        (("--closed", "--state", "received", "--district", "rugby"), []),
    ],
)
def test_the_list_is_narrowed(desk, options, found):
    run("cases", "assign", ref(1), "eve")
    assert [row["reference"] for row in run_json("cases", "list", *options)] == found


def test_what_is_overdue_is_listed(desk):
    # Whether the encampment of two days ago is overdue depends on the weekend.
    found = [row["reference"] for row in run_json("cases", "overdue")]
    assert found[0] == ref(3, "VC")
    assert ref(2) not in found
    assert f"{len(found)} case(s) overdue." in run("cases", "overdue")[1]


def test_a_case_is_shown_without_what_is_personal(desk):
    code, printed = run("cases", "show", ref(1).lower().replace("-", " "))
    assert code == 0, printed
    for shown in (ref(1), "caravans 6", "gate yes", "seen waste, noise", "place text: the [rec]", "52.28211"):
        assert shown in printed
    assert "name (personal: give a --reason to read it)" in printed
    assert "Grace" not in printed


def test_a_case_is_shown_whole_for_a_reason(desk):
    with desk.transaction() as tx:
        tx.messages.add(chat(tx).id, "in", {"text": "It is [Grace]"}, None, now())
        tx.commit()
    run("cases", "note", ref(1), "Ring [her] back", "--as", "eve")
    code, printed = run("cases", "show", ref(1), "--reason", "to ring back")
    assert code == 0, printed
    for shown in (
        "name Grace Hopper",
        "citizen It is [Grace]",
        "note eve Ring [her] back",
        "looked operator",
    ):
        assert shown in printed
    shown = run_json("cases", "show", ref(1), "--reason", "to ring back")
    assert shown["personal"] == {"name": "Grace Hopper"}
    assert shown["row"]["reference"] == ref(1)
    assert [line["text"] for line in shown["messages"]] == ["It is [Grace]"]


@pytest.mark.parametrize("word", WORDS)
def test_each_word_says_in_the_audit_who_acts(desk, word):
    first = ARGUMENTS.get(word, ())
    arguments = () if word in ("list", "overdue") else (ref(1), *first)
    before = {"handback": "takeover", "split": "merge"}.get(word)
    if before:
        assert run("cases", before, ref(1), *ARGUMENTS.get(before, ()))[0] == 0
    code, printed = run("cases", word, *arguments, "--as", "Ada L")
    assert code == 0, printed
    action = {"state": "set_state", "overdue": "find_overdue"}.get(word, word)
    subject = "cases" if word in ("list", "overdue") else id_of(desk, ref(1))
    assert audit(desk)[-1] == Line("Ada L", f"case.{action}", subject)


def test_whoever_does_not_say_who_they_are_is_the_user(desk):
    run("cases", "assign", ref(1), "eve")
    assert audit(desk) == [Line("operator (command)", "case.assign", id_of(desk, ref(1)))]


def test_a_case_changes_hands_and_state(desk):
    assert "eve has it in hand" in run("cases", "assign", ref(1), "eve")[1]
    assert "Nobody has it in hand" in run("cases", "assign", ref(1), "")[1]
    assert run_json("cases", "assign", ref(1), "eve") == {"assigned_to": "eve"}
    code, printed = run("cases", "state", ref(1), "acknowledged", "--note", "for the council")
    assert code == 0
    assert "It is acknowledged now. They are told " in printed
    assert [ref(1) in text for text in pushed(desk)] == [True]
    told = run_json("cases", "state", ref(1), "out_of_area")
    assert told["state"] == "out_of_area"
    assert datetime.fromisoformat(told["told_at"]) >= now() - timedelta(minutes=1)


def test_an_encampment_goes_its_way_and_is_found_at_another_place(desk):
    for state in ("acknowledged", "assigned", "visited"):
        assert run("cases", "state", ref(1), state)[0] == 0
    until = f"{now() + timedelta(days=20):%Y-%m-%d}"
    code, printed = run(
        "cases", "state", ref(1), "tolerated_until", "--until", until, "--note", "A birth", "--welfare-done"
    )
    assert code == 0, printed
    assert "Nobody is told" in printed
    printed = run("cases", "show", ref(1))[1]
    assert f"until {until}, welfare_done yes" in printed
    assert "part of" not in run("cases", "state", ref(2), "duplicate_of", "--of", ref(1))[1]
    assert run_json("cases", "list", "--form", "encampment")[0]["reports"] == 2
    code, printed = run("cases", "move", ref(1), "52.3705", "-1.2652", "--why", "The photo shows it")
    assert code == 0, printed
    assert "It is in rugby now" in printed
    assert run("cases", "move", ref(1), "0", "0", "--why", "x")[0] == 1


def test_the_states_are_listed_with_what_reporters_are_told(desk):
    code, printed = run("cases", "states")
    assert code == 0, printed
    for shown in (
        "duplicate_of (ends)",
        "date, note",
        "Visit: 5 working days",
        "the place has been visited.",
    ):
        assert shown in printed
    assert run_json("cases", "states", "--form", "concern")["closed"]["open"] is False
    assert run("cases", "states", "--form", "nothing")[0] == 1


def test_a_citizen_is_written_to(desk):
    assert "on its way" in run("cases", "reply", ref(1), "We are on it.")[1]
    assert pushed(desk) == ["We are on it."]


def test_a_chat_is_taken_over_and_handed_back(desk):
    code, printed = run("cases", "takeover", ref(1), "--as", "ada")
    assert code == 0
    assert "You have the chat until" in printed
    assert run("cases", "takeover", ref(1), "--as", "eve")[0] == 1
    assert "until" in run_json("cases", "takeover", ref(1), "--as", "ada")
    assert "automated service answers again" in run("cases", "handback", ref(1))[1]


def test_cases_are_merged_and_split(desk):
    assert f"part of {ref(2)} now" in run("cases", "merge", ref(1), ref(2))[1]
    assert "merged into" in run("cases", "list", "--merged")[1]
    assert run_json("cases", "split", ref(1)) == {"split_from": ref(2)}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("list", "--form", "nothing"), "There is no form nothing"),
        (("show", "EN-1"), "EN-1 is no reference"),
        (("assign", ref(9), "eve"), f"There is no case {ref(9)}"),
        (("state", ref(3, "VC"), "closed"), "only after it was acted on"),
        (("note", ref(1), " "), "please write something"),
        (("reply", ref(1), "x" * 901), "at most 900 characters"),
        (("reply", ref(1), "Hello"), "wants no messages there any more"),
        (("takeover", ref(1)), "wants no messages there any more"),
        (("handback", ref(1)), "Nobody has taken over"),
        (("merge", ref(1), ref(3, "VC")), "only cases of one form"),
        (("split", ref(1)), "a case of its own"),
        (("list", "--as", " "), "a name is needed"),
    ],
)
def test_what_is_refused_is_a_sentence_and_changes_nothing(desk, arguments, told):
    with desk.transaction() as tx:
        tx.suppressions.add("sms", PHONE, now())
        tx.commit()
    code, printed = run("cases", *arguments)
    assert code == 1
    assert told in printed
    assert (pushed(desk), audit(desk)) == ([], [])


def test_another_key_does_not_open_the_record_and_says_so(desk, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "another secret of forty letters or so ....")
    code, printed = run("cases", "show", ref(1), "--reason", "to see")
    assert code == 1
    assert "does not open with this SECRET_KEY" in printed


def test_a_narrow_window_cuts_nothing_off(desk, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as if it were a window
    printed = run("cases", "list")[1]
    assert "…" not in printed
    assert ref(1) in printed and "\t" not in printed


def test_a_list_that_goes_to_another_program_is_a_line_a_case_with_cells_parted_by_tabs(desk, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    done = CliRunner().invoke(app, ["cases", "list"])
    titles, *lines = (line.split("\t") for line in done.stdout.splitlines())
    assert titles[0] == "Reference" and {len(line) for line in lines} == {len(titles)}
    assert {line[0] for line in lines} >= {ref(1)} and f"{len(lines)} case(s)." in done.stderr
