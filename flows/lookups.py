"""Who and what is near: the local police team, the council, events, ways to help.

A place is asked for where none was told.
"""

from dataclasses import replace
from datetime import timedelta

from flows import answers, filling
from flows.content import as_wording
from flows.county import LONDON, CountyEvent
from flows.place import Certainty, Place
from flows.texts import Said, fill
from flows.turn import TurnBuilder
from flows.understanding import Understanding

LABELS = frozenset({"ask_local_team", "ask_events"})
# An unknown place is a few words; more of them are about something else.
MOST_WORDS_OF_A_PLACE = 3
EVENTS_TOLD = 3
# To the end of which day from today on.
DAYS_AHEAD = {"today": 0, "tonight": 0, "tomorrow": 1, "this week": 7, "next week": 14, "this month": 31}
LONGEST_AHEAD = 92


def look_up(turn: TurnBuilder, label: str) -> None:
    """Answers a look-up with what the message says of the place, or asks for it; inside a form in general words."""
    near = _find_place(turn, turn.incoming.text)
    if label == "ask_events":
        _tell_events(turn, near)
    elif near is not None:
        _tell_team(turn, near)
    elif turn.conversation.in_hand is not None:
        _tell_in_general(turn, label)
    else:
        turn.conversation = replace(turn.conversation, looking_up=label)
        turn.put(turn.words("lookup.where"))
        return
    filling.resume(turn)


def take_place(turn: TurnBuilder, understanding: Understanding | None) -> bool:
    """The place a look-up waits for; another wish goes first, and the look-up is then forgotten."""
    label = turn.conversation.looking_up
    if label not in LABELS:
        return False
    turn.conversation = replace(turn.conversation, looking_up="")
    near = _find_place(turn, turn.incoming.text)
    if near is not None:
        _tell_team(turn, near)
        return True
    meant = understanding.label if understanding is not None else label
    if len(turn.incoming.text.split()) > MOST_WORDS_OF_A_PLACE and meant not in (label, "out_of_scope"):
        return False
    turn.say(turn.words("lookup.unknown"))
    _tell_in_general(turn, label)
    return True


def _find_place(turn: TurnBuilder, text: str) -> Place | None:
    """The place a message names, by name, postcode or coordinates; None where it names none we know."""
    if turn.incoming.location is not None:
        place = turn.content.gazetteer.read_pin(turn.incoming.location)
    else:
        place = turn.content.gazetteer.read(text)
    if place.certainty is Certainty.UNKNOWN or place.ask:
        return None
    return place if place.district or place.outside else None


def _tell_in_general(turn: TurnBuilder, label: str) -> None:
    turn.put(fill(as_wording(turn.content.signposts[label]), {}), answers.after_answer(turn))


def _tell_team(turn: TurnBuilder, near: Place) -> None:
    """The police team, the council and the partnership of a place; the neighbouring force where it is outside."""
    here = near.name or near.postcode or near.text
    if near.district is None:
        force = near.outside or ""
        known = force not in ("", "far", "postcode")
        key = "lookup.outside" if known else "lookup.far"
        turn.put(turn.words(key, place=here, force=force), answers.after_answer(turn))
        return
    district = turn.content.gazetteer.district_names[near.district]
    values = {"place": here, "district": district}
    for kind, name in (("district_council", "council"), ("community_safety_partnership", "partnership")):
        body = turn.content.find_body(kind, near.district, turn.today)
        values[name] = body.title if body is not None else ""
    if turn.incoming.team:
        turn.say(turn.words("lookup.team_name", team=turn.incoming.team))
    turn.put(turn.words("lookup.team", **values), answers.after_answer(turn))


def _tell_events(turn: TurnBuilder, near: Place | None) -> None:
    """The next events there, or anywhere; where none is known, how to ask."""
    found = find_events(turn, near.district if near else None)
    if not found:
        _tell_in_general(turn, "ask_events")
        return
    intro = turn.words("lookup.events", place=near.name if near and near.name else "Warwickshire")
    listed = "\n".join(f"- {show_event(event)}{_calendar_link(turn, event)}" for event in found)
    said = Said(f"{intro.text}\n{listed}", "\n".join([intro.sms, *map(show_event, found[:2])]))
    turn.put(said, answers.after_answer(turn))


def _calendar_link(turn: TurnBuilder, event: CountyEvent) -> str:
    """Where a screen's reader can take the event into their own diary."""
    url = turn.content.public_url.rstrip("/")
    return f" {turn.label('lookup.calendar')}: {url}/events/{event.id}.ics" if url else ""


def find_events(turn: TurnBuilder, district: str | None) -> list[CountyEvent]:
    """The confirmed events that are not over, in the time the message speaks of, the soonest first."""
    words = f" {turn.incoming.text.casefold()} "
    days = next((n for phrase, n in DAYS_AHEAD.items() if phrase in words), LONGEST_AHEAD)
    last_day = turn.today + timedelta(days=days)
    fits = [
        event
        for event in turn.content.events
        if event.status == "confirmed"
        and (event.ends or event.starts) >= turn.now
        and event.starts.astimezone(LONDON).date() <= last_day
        and (district is None or event.district in (None, district) or event.online)
    ]
    return sorted(fits, key=lambda event: event.starts)[:EVENTS_TOLD]


def show_event(event: CountyEvent) -> str:
    """ "Sat 5 December, 10:00: Police drop-in, Kenilworth library. No need to book." """
    at = event.starts.astimezone(LONDON)
    where = "online" if event.online and not event.place else event.place
    said = f"{at:%a} {at.day} {at:%B}, {at:%H:%M}: {event.title}"
    said = f"{said}, {where}" if where else said
    return f"{said}. {event.how}".strip() if event.how else f"{said}."
