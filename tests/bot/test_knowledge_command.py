"""`frontdoor knowledge`, and every answer as every door renders it."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.knowledge_command import render
from bot.segments import count_segments
from flows.content import Content, load_content
from flows.county import ContactsFile
from flows.messages import ChannelName, Reply
from flows.said_contacts import find_numbers, find_unbacked
from flows.yaml_lines import read_document

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content(ROOT / "flows", ROOT / "county")


@pytest.fixture(scope="module")
def contacts() -> ContactsFile:
    return ContactsFile.model_validate(read_document(ROOT / "county/contacts.yml").value)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments))
    return done.exit_code, done.output


def every_reply(content: Content, channel: ChannelName) -> list[tuple[str, str, Reply]]:
    return [
        (topic, case, reply)
        for topic, entry in content.knowledge.items()
        for case in ("", *entry.cases)
        for reply in render(content, entry, channel, case)
    ]


@pytest.mark.parametrize("channel", list(ChannelName))
def test_every_answer_renders_at_every_door(content: Content, channel: ChannelName):
    replies = every_reply(content, channel)
    assert len(replies) >= 110 + 150
    assert {topic for topic, _, _ in replies} == set(content.knowledge)
    for topic, case, reply in replies:
        said = reply.to_sms() if channel is ChannelName.SMS else reply.text
        assert said.strip(), (topic, case)
        assert not re.search(r"[{}]", said), (topic, case)
        assert all(len(button.payload.encode()) <= 64 for button in reply.buttons)
        if channel is ChannelName.SMS:
            counted = count_segments(said)
            assert (counted.encoding, counted.segments <= 2) == ("GSM-7", True), (topic, case, said)
        else:
            assert len(said) <= 1600, (topic, case)


@pytest.mark.parametrize("channel", list(ChannelName))
def test_no_unconfirmed_number_or_address_is_said_at_any_door(
    content: Content, contacts: ContactsFile, channel: ChannelName
):
    confirmed = [c for c in contacts.contacts.values() if c.status == "confirmed"]
    numbers = {n for c in confirmed for way in (c.number, c.text) for n in find_numbers(way)}
    unconfirmed = {
        n for c in contacts.contacts.values() for way in (c.number, c.text) for n in find_numbers(way)
    } - numbers
    assert len(unconfirmed) >= 30
    for topic, case, reply in every_reply(content, channel):
        said = reply.to_sms() if channel is ChannelName.SMS else reply.text
        own = [contacts.contacts[name] for name in content.knowledge[topic].contacts]
        words = said.split("\n\nSource: ")[0]
        # Under an SMS stand numbered choices and MORE; under a screen's answer its buttons are no text.
        assert find_unbacked(words, own) == set(), (topic, case)
        assert not find_numbers(words) & unconfirmed, (topic, case)


def test_list_shows_measures_of_every_answer():
    code, shown = run("knowledge", "list")
    assert code == 0
    assert "110 answers" in shown and "bicycle_theft" in shown


def test_preview_shows_a_text_message_with_its_segments():
    code, shown = run("knowledge", "preview", "bicycle_theft", "--channel", "sms", "--case", "after")
    assert code == 0
    assert "segment(s)" in shown and "MORE" in shown and "message 2" in shown


def test_preview_shows_buttons():
    code, shown = run("knowledge", "preview", "shop_theft", "--channel", "telegram")
    assert code == 0
    assert "[ Ask for an adviser ]" in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothing",), "no answer nothing"),
        (("bicycle_theft", "--case", "business"), "no words of its own"),
    ],
)
def test_preview_says_what_is_there_instead(arguments, told):
    code, shown = run("knowledge", "preview", *arguments)
    assert code == 1
    assert told in " ".join(shown.split())


def test_check_review_lists_what_waits_for_a_person():
    code, shown = run("check", "--review")
    assert code == 0
    assert "contact police_switchboard" in shown and "answer shop_theft" in shown
