"""Danger words and STOP."""

from pathlib import Path

import pytest

from flows.safety import DangerKind, Keyword, Safety, plain_words, read_keyword
from flows.yaml_lines import read_yaml

ROOT = Path(__file__).parents[2]
RULES = read_yaml(ROOT / "flows" / "danger.yml")
CASES = read_yaml(Path(__file__).with_name("danger_cases.yml"))


@pytest.fixture(scope="module")
def safety() -> Safety:
    return Safety.load(ROOT / "flows" / "danger.yml")


@pytest.mark.parametrize("kind", list(DangerKind))
def test_every_rule_finds_its_own_examples(safety, kind):
    for rule in (r for r in safety.rules if r.kind is kind):
        assert rule.finds
        for message in rule.finds:
            assert rule.pattern.search(plain_words(message)), message
            assert safety.find_danger(message) is not None, message


@pytest.mark.parametrize("message", RULES["never"])
def test_what_no_rule_may_find(safety, message):
    assert safety.find_danger(message) is None


@pytest.mark.parametrize("message", CASES["emergency"])
def test_emergency_is_found(safety, message):
    assert safety.find_danger(message) is DangerKind.EMERGENCY


@pytest.mark.parametrize("message", CASES["crisis"])
def test_crisis_is_found(safety, message):
    assert safety.find_danger(message) is DangerKind.CRISIS


@pytest.mark.parametrize("message", CASES["harmless"])
def test_harmless_is_left_alone(safety, message):
    assert safety.find_danger(message) is None


def test_there_are_enough_cases_and_none_twice():
    every = [m for kind in ("emergency", "crisis", "harmless") for m in CASES[kind]]
    assert len(CASES["emergency"]) + len(CASES["crisis"]) >= 60
    assert len(CASES["harmless"]) >= 80
    assert len(set(every)) == len(every)


@pytest.mark.parametrize(
    "message",
    [
        "HES GOT A KNIFE",
        "He's got a knife!!!",
        "He\u2019s   got\na knife",
        "h\u200be\u200bs got a k\u200bnife",
        "hes got a kni\u00adfe",
        "\u202ehes got a knife\u202c",
        "h\u00e9s g\u00f6t a kn\u00effe",
        "\uff48\uff45\uff53 \uff47\uff4f\uff54 \uff41 \uff4b\uff4e\uff49\uff46\uff45",
        "hes\ufe0f got a knife\u2764\ufe0f",
        "hes\x00 got a knife",
        "word " * 3000 + "hes got a knife",
        "hes got a knife" + " word" * 3000,
        "lots of words before it. " * 15 + "hes got a knife " + "and many after. " * 15,
    ],
    ids=range(13),
)
def test_danger_is_found_however_it_is_written(safety, message):
    assert safety.find_danger(message) is DangerKind.EMERGENCY


def test_crisis_goes_before_emergency(safety):
    assert safety.find_danger("hes got a knife and i want to die") is DangerKind.CRISIS


@pytest.mark.parametrize("unit", ["how to ", "hes breaking in ", "a", "\u200b", "e\u0301", "now "], ids=repr)
@pytest.mark.timeout(5)
def test_endless_messages_are_searched_in_short_time(safety, unit):
    safety.find_danger((unit * 100_000)[:100_000])


@pytest.mark.parametrize(
    ("text", "on_sms", "elsewhere"),
    [
        ("STOP", Keyword.STOP, Keyword.STOP),
        ("stop.", Keyword.STOP, Keyword.STOP),
        ("Stop please", Keyword.STOP, Keyword.STOP),
        ("please stop texting me", Keyword.STOP, Keyword.STOP),
        ("stop all", Keyword.STOP, Keyword.STOP),
        ("unsubscribe", Keyword.STOP, Keyword.STOP),
        ("opt out", Keyword.STOP, Keyword.STOP),
        ("arret", Keyword.STOP, Keyword.STOP),
        ("arr\u00eat", Keyword.STOP, Keyword.STOP),
        ("CANCEL", Keyword.STOP, None),
        ("end", Keyword.STOP, None),
        ("quit", Keyword.STOP, None),
        ("start", Keyword.START, Keyword.START),
        ("UNSTOP", Keyword.START, Keyword.START),
        ("yes", Keyword.START, None),
        ("help", Keyword.HELP, Keyword.HELP),
        ("info", Keyword.HELP, Keyword.HELP),
        ("stop the caravans", None, None),
        ("bus stop", None, None),
        ("can you stop them", None, None),
        ("the end of the lane", None, None),
        ("cancel my report", None, None),
        ("", None, None),
    ],
)
def test_keywords(text, on_sms, elsewhere):
    assert read_keyword(text, carrier=True) is on_sms
    assert read_keyword(text, carrier=False) is elsewhere
