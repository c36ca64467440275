"""What sending a form does beside keeping it: joining or changing a watch, asking for a person.

Each returns the words its `done` may name, in {braces}.
"""

from collections.abc import Callable
from typing import Any

from flows.code_kinds import make_code
from flows.events import (
    CodeMade,
    MembershipChanged,
    MembershipJoined,
    PersonAsked,
    PhoneGiven,
    SubmissionFiled,
)
from flows.facts import HeldMembership, NearFacts, NearNeeded
from flows.forms import Effect, Form
from flows.office import show_day
from flows.postcodes import read_postcode
from flows.texts import Said, fill
from flows.turn import TurnBuilder

# From this many on a road it is told: of fewer, the number would point at somebody.
FEWEST_TOLD = 4
HANDOVER_MINUTES = 14 * 24 * 60
MEMBER = "member"
COORDINATES = frozenset({"coordinator", "start_one"})

Answers = dict[str, Any]
Values = dict[str, str]


def apply(turn: TurnBuilder, form: Form, given: Answers, filed: SubmissionFiled) -> Values:
    """The form's effect as events; returns values for its last words."""
    return _EFFECTS[form.effect](turn, given, filed) if form.effect is not None else {}


def names_of(effect: Effect | None) -> frozenset[str]:
    """Which values an effect gives to the last words of its form."""
    return _NAMES[effect] if effect is not None else frozenset()


def _join_watch(turn: TurnBuilder, given: Answers, filed: SubmissionFiled) -> Values:
    schemes: list[str] = given.get("schemes") or []
    postcode = read_postcode(given.get("postcode") or "")
    need = NearNeeded(tuple(schemes), postcode, filed.latitude, filed.longitude)
    near: dict[str, NearFacts] = turn.fact(need)
    for scheme in schemes:
        role = str(given.get(f"{scheme}_role") or MEMBER)
        delivery = {name: given[name] for name in ("news", "topics", "quiet") if given.get(name)}
        found = near.get(scheme, NearFacts())
        turn.events.append(MembershipJoined(scheme, role, postcode, filed.district, delivery, found.group_id))
        told = next((s.told for s in turn.content.schemes if s.id == scheme), None)
        if told is not None and not turn.is_sms:
            turn.say(fill(told, {}))
    if given.get("phone") and turn.content.can_text:
        turn.events.append(PhoneGiven(given["phone"], make_code("phone", turn.incoming.secret)))
        turn.say(turn.words("phone.code_sent"))
    names = [s.name for s in turn.content.schemes if s.id in schemes]
    return {"schemes": _listed(turn, names), "near": _say_near(turn, schemes, near, given)}


def _say_near(turn: TurnBuilder, schemes: list[str], near: dict[str, NearFacts], given: Answers) -> str:
    """What there is near: how many on the road, the nearest group, whether somebody coordinates it."""
    for scheme in schemes:
        found = near.get(scheme, NearFacts())
        if found.members_on_road + 1 >= FEWEST_TOLD:
            return turn.label_with("near.road", number=_ordinal(turn, found.members_on_road + 1))
        if found.group_name:
            key = "near.coordinator" if found.has_coordinator else "near.group"
            return turn.label_with(key, group=found.group_name)
    starts = any(given.get(f"{scheme}_role") in COORDINATES for scheme in schemes)
    return turn.label_with("near.start" if starts else "near.none")


def _change_watch(turn: TurnBuilder, given: Answers, filed: SubmissionFiled) -> Values:
    what = str(given["what"])
    chosen = [m for m in turn.person().memberships if m.scheme in (given.get("which") or [])]
    if what == "hand_over":
        return _hand_over(turn, chosen)
    values = {name: given[name] for name in ("news", "quiet", "postcode", "until") if given.get(name)}
    for membership in chosen:
        turn.events.append(MembershipChanged(membership.id, what, {**values, "district": filed.district}))
    return {"changed": turn.label_with(f"watch.changed_{what}")}


def _hand_over(turn: TurnBuilder, chosen: list[HeldMembership]) -> Values:
    """A code for whoever takes over; of several coordinations the first, each has a code of its own."""
    held = next((m for m in chosen if m.role in COORDINATES), None)
    if held is None:
        return {"changed": turn.label_with("watch.no_coordinator")}
    code = make_code("handover", turn.incoming.secret)
    turn.events.append(CodeMade("handover", code, HANDOVER_MINUTES, held.id))
    name = next((s.name for s in turn.content.schemes if s.id == held.scheme), held.scheme)
    return {"changed": turn.label_with("watch.handing_over", code=code, scheme=name)}


def _ask_person(turn: TurnBuilder, given: Answers, filed: SubmissionFiled) -> Values:
    turn.events.append(PersonAsked(filed.reference))
    is_open = turn.content.office.is_open(turn.now)
    day = show_day(turn.content.office.answer_by(turn.now), turn.language)
    return {"when": turn.label_with("office.open" if is_open else "office.closed", day=day)}


def _tell_role(turn: TurnBuilder, given: Answers, filed: SubmissionFiled) -> Values:
    """What the role is, where that is confirmed; on SMS there is no room for it."""
    role = next((r for r in turn.content.roles if r.id == given.get("role")), None)
    if role is not None and role.status == "confirmed" and not turn.is_sms:
        said = " ".join(part if part.endswith(".") else f"{part}." for part in (role.does, role.time) if part)
        turn.say(Said(said, said))
    return {}


def _listed(turn: TurnBuilder, names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {turn.label('word.and')} {names[-1]}"


def _ordinal(turn: TurnBuilder, number: int) -> str:
    """ "4th" in English; the bare number with a full stop elsewhere, as those languages write it."""
    if turn.language != "en":
        return f"{number}."
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_EFFECTS: dict[Effect, Callable[[TurnBuilder, Answers, SubmissionFiled], Values]] = {
    Effect.JOIN_WATCH: _join_watch,
    Effect.CHANGE_WATCH: _change_watch,
    Effect.ASK_PERSON: _ask_person,
    Effect.TELL_ROLE: _tell_role,
}
_NAMES: dict[Effect, frozenset[str]] = {
    Effect.JOIN_WATCH: frozenset({"schemes", "near"}),
    Effect.CHANGE_WATCH: frozenset({"changed"}),
    Effect.ASK_PERSON: frozenset({"when"}),
    Effect.TELL_ROLE: frozenset(),
}
