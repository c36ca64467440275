"""Reads tests/transcripts/*.yml and plays them. How to write one: tests/transcripts/README.md."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fake_record import FakeRecord, KeptCode
from fakes import FixedInterpreter, meaning

from bot.segments import count_segments, fold
from flows.content import load_content
from flows.conversation import Conversation
from flows.engine import Engine
from flows.events import EqualityGiven, Event, ResponseGiven, SubmissionFiled, Unanswered
from flows.facts import (
    FactsNeeded,
    HeldMembership,
    HeldResponse,
    HeldSubmission,
    KnownSite,
    NearFacts,
    Need,
    OpenConsultation,
)
from flows.messages import ChannelName, Incoming, Location, Photo, Reply
from flows.turn import Turn
from flows.understanding import Ranked
from flows.yaml_lines import read_yaml

FOLDER = Path(__file__).parents[1] / "transcripts"
_STEP_KEYS = {
    *(
        "citizen",
        "presses",
        "presses_payload",
        "pins",
        "photos",
        "edits",
        "link",
        "receives",
        "waits",
        "closes",
        "means",
    ),
    *("model", "service", "never", "buttons", "events", "messages", "silent", "again", "repeat", "filed"),
    *("open", "note", "kept"),
}
_TOP_KEYS = {
    "title",
    "channel",
    "start",
    "number",
    "model",
    "turns",
    "filed",
    "consents",
    "given",
    "equality",
    "unfiled",
    "record",
    "languages",
}


class Mismatch(AssertionError):
    """The service did not say what the transcript holds."""


@dataclass
class Play:
    """One conversation being played: its state, what it said last, all that happened."""

    engine: Engine
    channel: ChannelName
    now: datetime
    number: int
    conversation: Conversation = field(default_factory=Conversation)
    replies: tuple[Reply, ...] = ()
    shown_buttons: dict[str, str] = field(default_factory=dict)
    retired: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    record: FakeRecord = field(default_factory=FakeRecord)
    messages: int = 0
    segments: int = 0

    def take(self, incoming: Incoming, interpreter: FixedInterpreter) -> tuple[Event, ...]:
        """One message through the engine and through a restart."""
        turn = self._turn(incoming, interpreter)
        self.record.take(turn.events, self.now)
        self.messages += 1
        self.segments += sum(count_segments(fold(r.to_sms())).segments for r in turn.replies)
        self.conversation = Conversation.from_json(turn.conversation.to_json())
        assert self.conversation == turn.conversation, "the conversation did not survive a restart"
        self.replies = turn.replies
        self.events.extend(turn.events)
        self.retired |= self.shown_buttons
        for reply in turn.replies:
            if reply.buttons:
                self.shown_buttons = {b.label: b.payload for b in reply.buttons}
            if self.channel is ChannelName.SMS:
                _check_text(reply)
        self.now += timedelta(minutes=1)
        return turn.events

    def _turn(self, incoming: Incoming, interpreter: FixedInterpreter) -> Turn:
        """The turn, with what it asks of the record."""
        facts: dict[Need, Any] = {}
        while True:
            try:
                turn = self.engine.try_turn(self.conversation, incoming, self.now, facts)
                if turn is None:
                    found = interpreter.look_up(incoming.text)
                    turn = self.engine.take_turn(self.conversation, incoming, found, self.now, facts)
                return turn
            except FactsNeeded as error:
                assert error.need not in facts
                facts[error.need] = self.record.answer(error.need, self.now)

    def shown(self) -> list[str]:
        """The replies as the citizen sees them."""
        return [r.to_sms() if self.channel is ChannelName.SMS else r.text for r in self.replies]


def read_transcript(path: Path) -> dict[str, Any]:
    kept: dict[str, Any] = read_yaml(path)
    unknown = set(kept) - _TOP_KEYS | {k for t in kept["turns"] for k in set(t) - _STEP_KEYS}
    assert not unknown, f"{path.name}: unknown keys {sorted(unknown)}"
    return kept


def play(path: Path, engine: Engine) -> Play:
    """Plays a transcript to its end. Raises Mismatch with the place and what was said instead."""
    kept = read_transcript(path)
    engine = _speaking_all() if kept.get("languages") == "all" else engine
    start = datetime.fromisoformat(kept.get("start", "2026-11-23T09:30")).replace(tzinfo=UTC)
    game = Play(engine, ChannelName(kept.get("channel", "web")), start, kept.get("number", 123456))
    game.record = _record(kept.get("record", {}), start)
    for at, step in enumerate(kept["turns"], 1):
        for _ in range(step.get("repeat", 1)):
            _play_step(game, step, where=f"{path.name}, turn {at}", away=kept.get("model") == "away")
    filed = [e for e in game.events if isinstance(e, SubmissionFiled)]
    if kept.get("unfiled"):
        _demand(not filed, f"{path.name}: nothing should have been filed")
    if "filed" in kept:
        _demand(len(filed) == 1, f"{path.name}: filed {len(filed)} times")
        _compare(kept["filed"], filed[0], path.name)
    if "given" in kept:
        answered = [e for e in game.events if isinstance(e, ResponseGiven)]
        _demand(bool(answered), f"{path.name}: no answers were given")
        _compare_given(kept["given"], answered[-1], path.name)
    if "equality" in kept:
        told = [e.answers for e in game.events if isinstance(e, EqualityGiven)]
        _demand(told == [kept["equality"]], f"{path.name}: of themselves they told {told}")
    if "consents" in kept:
        given = [e.wording for e in game.events if type(e).__name__ == "ConsentGiven"]
        _demand(given == kept["consents"], f"{path.name}: consents {given}")
    return game


@cache
def _speaking_all() -> Engine:
    """With every language on that flows/texts has words in."""
    root = FOLDER.parents[1]
    codes = sorted(path.stem for path in (root / "flows" / "texts").glob("??.yml"))
    return Engine(load_content(root / "flows", root / "county", languages=("en", *codes)))


def _record(kept: dict[str, Any], start: datetime) -> FakeRecord:
    """What the record holds before the first message."""
    record = FakeRecord()
    memberships = tuple(
        HeldMembership(f"m-{m['scheme']}", m["scheme"], m.get("role", "member"), m.get("status", "active"))
        for m in kept.get("memberships", [])
    )
    submissions = tuple(
        HeldSubmission(
            s["reference"],
            s["form"],
            s.get("status", "received"),
            start.date(),
            start.date(),
            s.get("place", ""),
            s.get("district"),
        )
        for s in kept.get("submissions", [])
    )
    record.person = replace(
        record.person,
        memberships=memberships,
        submissions=submissions,
        roles=frozenset(kept.get("roles", [])),
        can_undo_join=kept.get("can_undo_join", False),
    )
    record.sites = tuple(
        KnownSite(
            s["reference"],
            s["name"],
            s.get("state", "received"),
            first_seen_on=start.date() - timedelta(days=s.get("days_ago", 2)),
            changed_on=start.date() - timedelta(days=s.get("changed_days_ago", 1)),
            distance_m=s.get("distance_m", 100),
            sure=s.get("sure", 0.9),
        )
        for s in kept.get("sites", [])
    )
    record.consultations = tuple(
        OpenConsultation(
            c["id"], c.get("version", 1), closed=c.get("closed", False), results=c.get("results", "")
        )
        for c in kept.get("consultations", [])
    )
    for answered in kept.get("answered", []):
        key = (answered["id"], answered.get("ticket", ""))
        if answered.get("answers"):
            record.responses[key] = HeldResponse(start.date(), answered["answers"], answered.get("texts", {}))
        if answered.get("ticketed") or key[1]:
            record.ticketed.add(answered["id"])
    record.near = {scheme: NearFacts(**found) for scheme, found in kept.get("near", {}).items()}
    for code in kept.get("codes", []):
        about = None
        if "about" in code:
            about = HeldSubmission(code["about"], "encampment", "received", start.date(), start.date())
        record.codes[code["code"]] = KeptCode(
            code["code"],
            code["kind"],
            code.get("subject", ""),
            used=code.get("used", False),
            submission=about,
        )
    return record


def _play_step(game: Play, step: dict[str, Any], *, where: str, away: bool) -> None:
    if "waits" in step:
        amount, unit = step["waits"].split()
        game.now += timedelta(**{f"{unit.removesuffix('s')}s": int(amount)})
        if not set(step) & {"citizen", "presses", "pins", "photos", "edits", "link", "receives"}:
            return
    game.record.sites = tuple(s for s in game.record.sites if s.reference != step.get("closes"))
    incoming = _incoming(game, step, where)
    interpreter = FixedInterpreter(away=away or step.get("model") == "away")
    if "means" in step:
        interpreter.meanings[incoming.text] = _meaning(incoming.text, step["means"])
    events = game.take(incoming, interpreter)
    shown = game.shown()
    said = "\n\n".join(shown)
    told = f"{where}: {step}\nthe service said:\n{said}\nevents: {events}"
    if step.get("silent"):
        _demand(not shown, told)
    else:
        _demand(bool(shown), f"{told}\nnothing was said")
    at = 0
    for words in _listed(step.get("service")):
        found = said.find(words, at)
        _demand(found >= 0, f"{told}\nmissing, in this order: {words!r}")
        at = found + len(words)
    for words in _listed(step.get("never")):
        _demand(words not in said, f"{told}\nmust not say: {words!r}")
    if "buttons" in step:
        labels = [b.label for b in game.replies[-1].buttons]
        _demand(labels == step["buttons"], f"{told}\nbuttons: {labels}")
    if "messages" in step:
        _demand(len(shown) == step["messages"], f"{told}\n{len(shown)} messages")
    if "events" in step:
        names = [_event_name(e) for e in events]
        _demand(names == _listed(step["events"]), f"{told}\nevents: {names}")
    if "kept" in step:
        kept_words = [e.text for e in events if isinstance(e, Unanswered)]
        _demand(kept_words == _listed(step["kept"]), f"{told}\nkept to learn from: {kept_words}")
    if "open" in step:
        held = game.conversation.in_hand
        _demand(held is not None, f"{told}\nno form is open")
        for name, value in step["open"].items():
            kept = held.answers.get(name, "not answered") if held else None
            kept = kept["text"] if isinstance(kept, dict) and "text" in kept else kept
            _demand(kept == value, f"{told}\n{name} is {kept!r}")


def _incoming(game: Play, step: dict[str, Any], where: str) -> Incoming:
    text = step.get("citizen", step.get("edits", ""))
    if "again" in step:
        text = str(text) * step["again"]
    button = step.get("presses_payload")
    if "presses" in step:
        known = game.retired | game.shown_buttons
        _demand(step["presses"] in known, f"{where}: no button {step['presses']!r} among {sorted(known)}")
        button = known[step["presses"]]
    pin = step.get("pins")
    photos = tuple(_photo(each) for each in step.get("photos", []))
    return Incoming(
        game.channel,
        text=str(text),
        button=button,
        location=Location(*pin) if pin else None,
        photos=photos,
        start=step.get("link"),
        notice=step.get("receives"),
        edited="edits" in step,
        number=game.number,
    )


def _photo(each: str | dict[str, list[float]]) -> Photo:
    """A photo by its name, or by the fault it has; {name: [latitude, longitude]} tells where it was taken."""
    if isinstance(each, dict):
        [(name, point)] = each.items()
        return Photo(id=name, location=Location(*point))
    return Photo(problem=each) if each.startswith("photo.") else Photo(id=each)


def _meaning(text: str, means: dict[str, Any] | str) -> Any:
    if isinstance(means, str):
        means = {"label": means}
    entities = []
    for entity in means.get("entities", []):
        name = next(k for k in entity if k != "value")
        entities.append((name, str(entity[name]), entity.get("value")))
    found = meaning(
        text, means["label"], means.get("confidence", 0.9), tuple(entities), means.get("language")
    )
    others = tuple(Ranked(label, confidence) for label, confidence in means.get("ranking", {}).items())
    return replace(found, ranking=(*found.ranking[:1], *others)) if others else found


def _compare(wanted: dict[str, Any], filed: SubmissionFiled, where: str) -> None:
    for name, value in wanted.items():
        if name == "answers":
            for key, answer in value.items():
                kept = filed.answers.get(key, "nothing")
                kept = kept["text"] if isinstance(kept, dict) and "text" in kept else kept
                kept = kept["given"] if isinstance(kept, dict) and "given" in kept else kept
                _demand(kept == answer, f"{where}: {key} was filed as {kept!r}")
        elif name == "left_out":
            kept_at_all = sorted(set(value) & (set(filed.answers) | set(filed.personal)))
            _demand(not kept_at_all, f"{where}: {kept_at_all} should not have been filed")
        else:
            kept = getattr(filed, name)
            kept = list(kept) if isinstance(kept, tuple) else kept
            _demand(kept == value, f"{where}: {name} was filed as {kept!r}")


def _compare_given(wanted: dict[str, Any], given: ResponseGiven, where: str) -> None:
    """Of the answers all are compared: none may be there that should not."""
    for name, value in wanted.items():
        _demand(getattr(given, name) == value, f"{where}: {name} was given as {getattr(given, name)!r}")


def _event_name(event: Event) -> str:
    details = [
        str(getattr(event, name))
        for name in ("kind", "by", "reason", "topic", "case", "helped", "form", "chosen")
        if getattr(event, name, None) not in (None, "")
    ]
    return " ".join([type(event).__name__, *details])


def _check_text(reply: Reply) -> None:
    """Every text is at most two segments, unless it carries the citizen's own words in other letters."""
    counted = count_segments(fold(reply.to_sms()))
    assert counted.segments <= 2, f"{counted.segments} segments: {reply.to_sms()!r}"
    invited = set(re.findall(r"\b(?:CANCEL|END|QUIT|UNSUBSCRIBE|STOPALL|UNSTOP|INFO)\b", reply.to_sms()))
    assert not invited, f"invites {invited}: {reply.to_sms()!r}"


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


def _demand(is_so: bool, told: str) -> None:
    if not is_so:
        raise Mismatch(told)
