"""Words about who people are that came with a report: the record holds what was seen, and nothing of the rest."""

import json

from fakes import meaning
from house import Chat, House
from sqlalchemy import select

from storage import tables

FIRST = "dirty pikeys have pulled up on Myton Fields in Warwick, 6 caravans"
DETAIL = "the pikeys blocked the gate with a van AB12 CDE"
TURNED_ASIDE = ("pikey", "dirty", "ab12", "cde")


def everything_kept(house: House) -> str:
    """All that is sealed or plain in the tables a message's words could come into, opened, in small letters."""
    vault = house.database.vault
    with house.database.reading() as tx:
        read = tx.connection.execute
        told = [vault.open_text(r.body, f"messages.body:{r.id}") for r in read(select(tables.messages))]
        told += [
            vault.open_text(r.payload, f"inbox.payload:{r.channel}:{r.provider_id}")
            for r in read(select(tables.inbox))
            if r.payload is not None
        ]
        told += [
            vault.open_text(r.state, f"conversations.state:{r.id}")
            for r in read(select(tables.conversations))
        ]
        told += [json.dumps(r.answers) for r in read(select(tables.submissions))]
        told += [
            vault.open_text(r.text, f"unanswered.text:{r.id}")
            for r in read(select(tables.unanswered))
            if r.text
        ]
        told += [str(r.detail) for r in read(select(tables.audit))] + [
            str(r.detail) for r in read(select(tables.notices))
        ]
    return "\n".join(told).casefold()


def test_words_that_are_turned_aside_are_kept_nowhere(speaking_house: House):
    house = speaking_house
    place = ("place", "Myton Fields in Warwick", None)
    house.interpreter.meanings[FIRST] = meaning(FIRST, "report_encampment", 0.9, (place,))
    chat = Chat(house)
    told = chat.say(FIRST)
    assert "what is seen, not who people are" in told and "pikey" not in told
    chat.say("6", "2", "yesterday", "park", "none of these", "neither")
    assert "Shall I write it like this?" in chat.say(DETAIL)
    assert all(word not in everything_kept(house) for word in TURNED_ASIDE)
    chat.say("yes", "skip", "no", "send")
    kept = everything_kept(house)
    assert all(word not in kept for word in TURNED_ASIDE)
    assert "blocked the gate with a van" in kept
    [answers] = house.rows("submissions", "answers")
    assert answers["caravans"] == 6
    rows = sorted(house.rows("moderations", "kind", "outcome", "form", "channel"))
    assert rows == [
        ("hostile", "asked", "encampment", "telegram"),
        ("hostile", "neutral", "encampment", "telegram"),
        ("hostile", "neutral", "encampment", "telegram"),
        ("plate", "asked", "encampment", "telegram"),
        ("plate", "neutral", "encampment", "telegram"),
    ]


def test_outside_a_report_words_of_whoever_was_hurt_are_theirs(speaking_house: House):
    house = speaking_house
    words = "a man in the shop called my kids dirty pikeys"
    house.interpreter.meanings[words] = meaning(words, "ask/hate_crime")
    Chat(house).say(words)
    assert "called my kids" in everything_kept(house)
    assert house.count("moderations") == 0
