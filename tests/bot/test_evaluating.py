"""`frontdoor evaluate`: what it counts, what it prints, and the page of mistakes."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fakes import FixedInterpreter, meaning
from typer.testing import CliRunner

from bot.cli import app
from bot.evaluating import DangerJudge, judge
from bot.evaluation_report import Bar, Report, count_groups, count_times, find_misread, render, write_report
from bot.settings import ROOT
from flows.safety import Safety
from flows.understanding import Ranked, Understanding
from nlu.danger_table import write_table
from nlu.evaluate import Example, Judged, measure
from nlu.marks import hold_against, read_marks

NASTY = '<script>alert("1")</script> & <b>bold</b> https://example.org/x.png'
MEANINGS = {
    "hello": meaning("hello", "greet"),
    "cheers": meaning("cheers", "goodbye", 0.6),
    "6 caravans on the rec": meaning(
        "6 caravans on the rec",
        "report_encampment",
        entities=(("caravans", "6", 6), ("place", "the rec", None)),
    ),
    "quiet danger": meaning("quiet danger", "emergency", 0.8),
    NASTY: meaning(NASTY, "greet", 0.7),
}
ROWS = [
    {"text": "hello", "label": "greet"},
    {"text": "cheers", "label": "thanks"},
    {
        "text": "6 caravans on the rec",
        "label": "report_encampment",
        "entities": {"caravans": 7, "place": "the rec"},
    },
    {"text": "quiet danger", "label": "emergency"},
    {"text": "he has a knife and he is coming up the stairs", "label": "emergency"},
    {"text": NASTY, "label": "out_of_scope", "accept": ["ask/phishing_messages"]},
]
SAFETY = Safety.load(ROOT / "flows" / "danger.yml")
DANGER = DangerJudge(SAFETY, 0.5)


class SometimesAway(FixedInterpreter):
    """Has no answer to some messages."""

    def __init__(self, meanings: dict[str, Understanding], *, no_answer: set[str]) -> None:
        super().__init__(meanings)
        self.no_answer = no_answer

    def look_up(self, text: str) -> Understanding | None:
        return None if text in self.no_answer else super().look_up(text)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Messages, in a folder where a model lies."""
    for name in os.environ:
        if name.startswith(("FRONTDOOR", "TELEGRAM", "TWILIO", "PUBLIC_URL", "DATABASE_URL", "SECRET_KEY")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FRONTDOOR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FRONTDOOR_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "nlu-000000000000.tar.gz").touch()
    path = tmp_path / "messages.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)))
    return path


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FixedInterpreter:
    """What the command asks in place of Rasa."""
    interpreter = SometimesAway(MEANINGS, no_answer=set())
    stand_in(monkeypatch, interpreter)
    return interpreter


def stand_in(monkeypatch: pytest.MonkeyPatch, interpreter: FixedInterpreter | None) -> None:
    @asynccontextmanager
    async def open_model(*_: object, **__: object) -> AsyncIterator[FixedInterpreter | None]:
        yield interpreter

    monkeypatch.setattr("bot.evaluating.open_model", open_model)


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    done = CliRunner().invoke(app, ["evaluate", *arguments])
    return done.exit_code, done.stdout, done.stderr


def make_judged() -> list[Judged]:
    examples = [Example(r["text"], r["label"], frozenset(r.get("accept", ()))) for r in ROWS]
    return asyncio.run(judge(examples, FixedInterpreter(MEANINGS), DANGER))


def make_report(judged: list[Judged]) -> Report:
    figures = measure(judged)
    held = hold_against(read_marks(ROOT), figures, judged)
    at = datetime(2026, 7, 3, 9, 0, tzinfo=UTC)
    return Report("messages.jsonl", "nlu-0.tar.gz", at, ROOT, DANGER.threshold, figures, held, judged)


# What is counted


@pytest.mark.parametrize(
    ("text", "found", "is_danger"),
    [
        ("he has a knife and he is coming up the stairs", None, True),
        ("he has a knife and he is coming up the stairs", Understanding("greet", 0.9), True),
        ("words", Understanding("emergency", 0.5), True),
        ("words", Understanding("emergency", 0.49), False),
        ("words", Understanding("greet", 0.4, (Ranked("emergency", 0.3), Ranked("crisis", 0.2))), True),
        ("words", Understanding("greet", 0.9), False),
        ("words", None, False),
    ],
    ids=["rules alone", "rules against the model", "sure", "unsure", "two together", "neither", "no answer"],
)
def test_danger_is_decided_by_rules_or_model(text, found, is_danger):
    assert DANGER.is_danger(text, found) is is_danger


def test_messages_are_asked_one_after_the_other_and_timed():
    interpreter = FixedInterpreter(MEANINGS)
    seen = []
    examples = [Example(row["text"], row["label"]) for row in ROWS]
    judged = asyncio.run(
        judge(examples, interpreter, DANGER, on_each=lambda: seen.append(len(interpreter.asked)))
    )
    assert interpreter.asked == [row["text"] for row in ROWS]
    assert seen == [1, 2, 3, 4, 5, 6]
    assert all(one.milliseconds >= 0 for one in judged)
    assert [one.is_right for one in judged] == [True, False, True, True, False, False]


def test_no_answer_is_out_of_scope_without_confidence_and_wrong():
    [one] = asyncio.run(judge([Example("?", "out_of_scope")], FixedInterpreter(away=True), DANGER))
    assert (one.found.label, one.found.confidence) == ("out_of_scope", 0.0)
    assert not one.is_answered
    assert not one.is_right


# The command


def test_json_has_the_contracts_keys_and_nothing_else_is_printed(file, model):
    code, printed, _ = run(str(file), "--json")
    assert code == 0
    figures = json.loads(printed)
    assert list(figures) == [
        *("messages", "accuracy", "top3", "danger", "out_of_scope", "entities", "labels", "latency_ms"),
    ]
    assert {key: list(figures[key]) for key in ("danger", "out_of_scope", "latency_ms")} == {
        "danger": ["recall", "false_alarms"],
        "out_of_scope": ["recall"],
        "latency_ms": ["p50", "p95"],
    }
    assert (figures["messages"], figures["accuracy"]) == (6, 0.5)
    assert figures["danger"] == {"recall": 1.0, "false_alarms": 0.0}
    assert figures["entities"]["caravans"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert figures["entities"]["place"]["f1"] == 1.0
    assert list(figures["labels"]["greet"]) == ["precision", "recall", "f1", "support"]


def test_without_json_the_figures_stand_against_their_marks(file, model):
    code, printed, _ = run(str(file))
    assert code == 0
    assert re.search(r"Label accuracy\W+0\.5000\W+≥ 0\.92\W+short", printed)
    assert re.search(r"Danger found\W+1\.0000\W+≥ 0\.98\W+reached", printed)
    assert re.search(r"Entity land, F1\W+≥ 0\.9\W+no such messages", printed)
    assert re.search(r"thanks\W+0\.000\W+0\.000\W+0\.000\W+1\W+goodbye \(1\)", printed)
    assert str(file.parent / "data" / "evaluation.html") in printed
    assert "quiet danger" not in printed


def test_with_the_model_away_danger_alone_is_measured(file, model):
    write_table(
        file.parent / "models" / "danger-000000000000.json", {"quiet danger": (9.0, 0.0)}, (-3.0, -3.0)
    )

    code, printed, told = run(str(file), "--model-away", "--json")

    figures = json.loads(printed)
    assert (code, told, model.asked) == (0, "", [])
    assert list(figures) == ["messages", "danger", "latency_ms", "rules"]
    assert figures["danger"] == {"recall": 1.0, "false_alarms": 0.0}
    assert figures["rules"] == {"recall": 0.5, "false_alarms": 0.0}
    assert re.search(r"Danger found\W+0\.5000\W+1\.0000", run(str(file), "--model-away")[1])


def test_without_a_danger_table_there_is_nothing_to_measure(file, model):
    code, printed, told = run(str(file), "--model-away", "--json")

    assert (code, printed) == (1, "")
    assert "There is no danger table yet. Run `frontdoor train`" in told


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["table", "json"])
def test_the_report_is_always_written_and_html_names_another_place(file, model, options):
    assert run(str(file), *options)[0] == 0
    assert (file.parent / "data" / "evaluation.html").stat().st_size > 1000
    assert run(str(file), *options, "--html", "elsewhere.html")[0] == 0
    assert "messages.jsonl" in Path("elsewhere.html").read_text(encoding="utf-8")


def test_unanswered_messages_are_told_on_standard_error(file, model):
    model.no_answer = {"hello", "quiet danger"}
    code, printed, told = run(str(file), "--json")
    assert code == 0
    assert json.loads(printed)["accuracy"] == 0.1667
    assert "2 message(s) had no answer" in told
    assert "2 messages had no answer" in (file.parent / "data" / "evaluation.html").read_text(
        encoding="utf-8"
    )


def test_an_old_model_is_told_of(file, model):
    assert "nlu-000000000000.tar.gz was trained from other data" in run(str(file))[2]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "messages.jsonl cannot be read as text"),
        ("", "messages.jsonl holds no messages."),
        ("nonsense", "line 1: this is not"),
        ('{"text": "hi", "label": "nothing_like_it"}', "line 1: there is no label nothing_like_it."),
    ],
    ids=["no file", "empty", "bad line", "unknown label"],
)
def test_a_bad_file_is_one_sentence_and_asks_nothing(file, model, content, told):
    file.unlink() if content is None else file.write_text(content)
    code, printed, said = run(str(file), "--json")
    sentences = [line for line in said.splitlines() if "trained from other data" not in line]
    assert (code, printed) == (1, "")
    assert len(sentences) == 1
    assert told in sentences[0]
    assert model.asked == []


@pytest.mark.parametrize("place", ["no_such_folder/out.html", "."])
def test_a_report_that_cannot_be_written_is_told_before_the_messages_are_read(file, model, place):
    code, _, told = run(str(file), "--html", place)
    assert code == 1
    assert place.split("/")[0] in told
    assert model.asked == []


def test_without_a_model_it_says_what_to_do(file, monkeypatch):
    stand_in(monkeypatch, None)
    code, _, told = run(str(file))
    assert code == 1
    assert "did not start" in told
    (file.parent / "models" / "nlu-000000000000.tar.gz").unlink()
    code, _, told = run(str(file))
    assert code == 1
    assert "no language model yet. Run `frontdoor train`" in told


# The page


class Reader(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order."""

    VOID = frozenset({"meta", "wbr", "rect", "path", "circle", "polyline"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else, {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read_page(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_is_whole_and_its_links_lead_somewhere():
    reader = read_page(render(make_report(make_judged())))
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for tag, attributes in reader.tags if tag == "a"]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert sum(tag == "h1" for tag, _ in reader.tags) == 1


def test_the_page_loads_nothing_and_runs_nothing():
    page = render(make_report([j for j in make_judged() if j.example.text != NASTY]))
    assert not re.search(r"https?:|//[a-z]|url\(|@import", page)
    reader = read_page(page)
    assert {tag for tag, _ in reader.tags}.isdisjoint({"script", "link", "img", "iframe", "object", "form"})
    assert not [
        name for _, attributes in reader.tags for name in attributes if name in ("src", "srcset", "onclick")
    ]


def test_words_of_a_message_stay_words():
    page = render(make_report(make_judged()))
    assert "<script" not in page
    assert NASTY in read_page(page).text


def test_wrong_messages_are_there_to_read_and_right_ones_are_not():
    text = " ".join(" ".join(read_page(render(make_report(make_judged()))).text).split())
    assert "cheers Meant thanks , found goodbye 0.60 Top three: goodbye 0.60, out_of_scope 0.20" in text
    assert "Meant out_of_scope (or ask/phishing_messages), found greet" in text
    assert "hello" not in text


def test_false_alarms_say_whether_rules_or_model_raised_them():
    examples = [
        Example("he has a knife and he is coming up the stairs", "greet"),
        Example("quiet danger", "greet"),
    ]
    judged = asyncio.run(judge(examples, FixedInterpreter(MEANINGS), DANGER))
    text = " ".join(read_page(render(make_report(judged))).text)
    assert "taken for danger by the rules" in text
    assert "taken for danger by the model (0.80)" in text


def test_a_page_of_one_right_message_and_one_of_noise_are_written(tmp_path):
    noise = Example("\x00\x1b[31m\ud800 \u202e", "greet")
    for example in (Example("hello", "greet"), noise):
        judged = asyncio.run(judge([example], FixedInterpreter(MEANINGS), DANGER))
        write_report(make_report(judged), tmp_path / "page.html")
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        read_page(page)
        assert "\x00" not in page
        assert "\x1b" not in page


def test_a_label_that_is_no_more_has_a_place_in_the_heat_map():
    judged = [Judged(Example("x", "greet"), Understanding("forgotten", 0.9), False)]
    rows = count_groups(judged, {"greet": "talking"})
    assert [(row.group, row.messages, row.wrong) for row in rows] == [("talking", 1, 1), ("others", 0, 0)]
    assert [[cell.messages for cell in row.cells] for row in rows] == [[0, 1], [0, 0]]


def test_the_heat_map_counts_mistakes_within_and_between_groups():
    def wrong(label: str, found: str) -> Judged:
        return Judged(Example("x", label), Understanding(found, 0.9), False)

    judged = [wrong("a1", "a2"), wrong("a1", "b"), wrong("b", "a1"), *[wrong("b", "b")] * 99]
    first, second = count_groups(judged, {"a1": "a", "a2": "a", "b": "b", "c": "nobody's"})
    assert [(c.messages, c.shade, c.is_within) for c in first.cells] == [(1, 4, True), (1, 4, False)]
    assert [(c.messages, c.shade, c.is_within) for c in second.cells] == [(1, 1, False), (0, 0, True)]
    assert (second.messages, second.wrong) == (100, 1)


@pytest.mark.parametrize(
    ("milliseconds", "bars"),
    [
        ([], []),
        ([0.0], [Bar(0, 1, 1)]),
        ([3.2, 3.9, 5.0], [Bar(3, 4, 2), Bar(4, 5, 0), Bar(5, 6, 1)]),
        ([20.0] * 99 + [900.0], [Bar(20, 22, 99), Bar(22, None, 1)]),
        ([70_000.0] * 2, [Bar(70_000, 80_000, 2)]),
    ],
    ids=["none", "one", "with a gap", "one slow", "all very slow"],
)
def test_times_stand_in_round_bars(milliseconds, bars):
    assert count_times(milliseconds) == bars


def test_misread_entities_say_what_should_have_been_found():
    text = "6 caravans on the rec"
    example = Example(
        text, "report_encampment", entities={"caravans": 7, "place": {"text": "the rec"}, "land": "park"}
    )
    judged = [Judged(example, MEANINGS[text], False), Judged(Example(text, "greet"), MEANINGS[text], False)]
    assert [(m.entity, m.wanted, m.found) for m in find_misread(judged)] == [
        ("caravans", "7", "6"),
        ("land", "park", "nothing"),
    ]
