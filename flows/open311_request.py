"""Reading a request of another body's system as an answered form, by the readers the conversation uses.

Nobody can be asked back. What a citizen would be asked about (which of two places it is) is refused with the
question in words, so that whoever sent it can send it better; what a citizen may leave open is left open.
"""

import dataclasses
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from flows.choices import answer_yes_no, choose_known
from flows.cleaning import clean_text
from flows.content import Content
from flows.county import LONDON
from flows.events import Moderated, SubmissionFiled
from flows.filing import as_stored
from flows.forms import Form, FormField, Kind
from flows.messages import ChannelName, Incoming, Location
from flows.open311 import EXTERNAL_ID, place_field, told_fields, words_field
from flows.place import Certainty, Place
from flows.questions import CLOCK_SLACK, LONGEST_AGO, read_freely
from flows.reading import Answered, Asking, Read, Unclear
from flows.safety import DangerKind
from flows.texts import SOURCE_LANGUAGE
from flows.times import When
from flows.whereabouts import read_pin, read_place

_LIKE_DATE = re.compile(r"\d{4}-?\d")
LEFT_OUT, REPHRASED = "left_out", "neutral"


@dataclass(frozen=True)
class Told:
    """A request as it came: degrees as text, words, and the values of each attribute by its code."""

    latitude: str = ""
    longitude: str = ""
    address: str = ""
    description: str = ""
    attributes: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """A request that is a report. `danger` is what its words speak of, which no clerk of ours has read."""

    filed: SubmissionFiled
    moderated: tuple[Moderated, ...] = ()
    danger: DangerKind | None = None


@dataclass(frozen=True)
class Refused:
    """What is wrong with a request, a sentence each."""

    faults: tuple[str, ...]


def read_request(form: Form, told: Told, content: Content, now: datetime) -> Taken | Refused:
    """The report a request makes, the same as one from a chat but for its reference; or all that is wrong with it."""
    reading = _Reading(form, told, content, now)
    place = reading.read_place()
    answers = reading.read_answers()
    if reading.faults or place is None:
        return Refused(tuple(reading.faults))
    ending = form.find_ending(answers)
    if ending is not None:
        return Refused((ending.say.text.strip(),))
    asked = {field.id: field for field in form.asked_fields(answers)}
    given = {k: v for k, v in answers.items() if v is not None and k in asked}
    route = None
    if form.find_field("land") is not None:
        route = content.find_route(given.get("land"), place.get("district"), outside=place.get("outside"))
    body = content.find_body(form.routed_to, place.get("district"), now.astimezone(LONDON).date())
    filed = SubmissionFiled(
        form=form.id,
        form_version=form.version,
        reference="",
        answers={k: as_stored(asked[k], v) for k, v in given.items()},
        personal={},
        district=place.get("district"),
        latitude=place.get("latitude"),
        longitude=place.get("longitude"),
        certainty=place.get("certainty"),
        within_m=place.get("within_m"),
        urgent=bool(form.urgent_when) and form.holds(form.urgent_when, answers),
        routed_to=body.id if body is not None else None,
        desk=route.desk if route is not None else None,
    )
    return Taken(filed, tuple(reading.moderated), content.safety.find_danger(reading.all_words()))


class _Reading:
    def __init__(self, form: Form, told: Told, content: Content, now: datetime) -> None:
        self._form = form
        self._content = content
        self._now = now
        self._attributes = dict(told.attributes)
        self._told = told
        self._place: dict[str, Any] | None = None
        self.faults: list[str] = []
        self.moderated: list[Moderated] = []

    def all_words(self) -> str:
        words = words_field(self._form)
        given = self._attributes.get(words.id, ()) if words is not None else ()
        return "\n".join((self._told.description, self._told.address, *given))

    # The place

    def read_place(self) -> dict[str, Any] | None:
        field = place_field(self._form)
        assert field is not None, "checked when the service began"
        asking = self._asking(field)
        words = self._screened(clean_text(self._told.address).strip(), field)
        if self._told.latitude or self._told.longitude:
            pin = _read_degrees(self._told.latitude, self._told.longitude)
            if pin is None:
                self.faults.append(
                    "lat and long: please send both, as WGS 84 degrees such as 52.28 and -1.58."
                )
                return None
            self._place = self._settle(read_pin(asking, pin, words), "lat and long", is_pin=True)
        elif words:
            self._place = self._settle(read_place(asking, words), "address_string", is_pin=False)
        else:
            self.faults.append("Please say where it is: lat and long, or address_string.")
        return self._place

    def _settle(self, read: Read, name: str, *, is_pin: bool) -> dict[str, Any] | None:
        if isinstance(read, Answered):
            return dict(read.value)
        kept: dict[str, Any] = ((read.partial or {}) if isinstance(read, Unclear) else {}).get("place") or {}
        if is_pin and kept.get("outside") not in (None, "far"):
            return kept  # by the border: whoever sends exact degrees means that point
        place = Place.from_dict(kept) if kept else Place("")
        may_stay_open = isinstance(read, Unclear) and read.may_skip and not place.ask
        if may_stay_open and place.certainty is not Certainty.UNKNOWN:
            return kept
        self._refuse(name, read if isinstance(read, Unclear) else Unclear("place.unclear"))
        return None

    # The other answers

    def read_answers(self) -> dict[str, Any]:
        fields = {field.id: field for field in told_fields(self._form)}
        for code in sorted(set(self._attributes) - set(fields) - {EXTERNAL_ID}):
            self.faults.append(
                f"attribute[{code[:40]}]: there is no such attribute in the service definition."
            )
        answers: dict[str, Any] = {f.id: None for f in self._form.fields if f.kind is Kind.SITE}
        for field in self._form.fields:
            if field.kind is Kind.PLACE and self._place is not None:
                answers.setdefault(field.id, self._place)
            elif field.id in fields and self._form.is_asked(field, answers):
                answers[field.id] = self._read(field, answers)
                if answers[field.id] is None and field.required and not field.later and not field.doors:
                    self._miss(field)
        return answers

    def _miss(self, field: FormField) -> None:
        """A question without an answer, where its answer was not refused already."""
        name = _name_of(field)
        if not any(fault.startswith(f"{name}:") for fault in self.faults):
            also = " (or description)" if field == words_field(self._form) else ""
            self.faults.append(f"{name}:{also} is required: {field.ask.strip()}")

    def _read(self, field: FormField, answers: dict[str, Any]) -> Any:
        values = [clean_text(v).strip() for v in self._attributes.get(field.id, ())]
        values = [v for v in values if v]
        if field == words_field(self._form):
            values = list(dict.fromkeys([*values, clean_text(self._told.description).strip()]))
        if field.kind is Kind.TEXT:
            return self._read_words(field, "\n".join(v for v in values if v))
        if not values:
            return None
        if field.kind is not Kind.CHOICES and len(values) > 1:
            self.faults.append(f"{_name_of(field)}: please send one value.")
            return None
        if field.options:
            return self._choose(field, values, answers)
        if field.kind is Kind.WHEN:
            return self._read_when(field, values[0])
        if field.kind is Kind.YES_NO:
            return self._answered(field, _read_yes_no(field, values[0]))
        return self._answered(field, read_freely(self._asking(field), _incoming(values[0]), None))

    def _choose(self, field: FormField, values: list[str], answers: dict[str, Any]) -> Any:
        opened = {option.value for option in self._form.open_options(field, answers)}
        wrong = [v for v in values if v not in opened]
        if wrong:
            self.faults.append(
                f"{_name_of(field)}: {wrong[0][:40]} is none of the values. There are: {', '.join(sorted(opened))}."
            )
            return None
        return self._answered(field, choose_known(field, values))

    def _read_words(self, field: FormField, text: str) -> str | None:
        screened = self._screened(text, field)
        if not screened:
            return None
        if len(screened) > field.max_length:
            self._refuse(_name_of(field), Unclear("text.too_long", {"maximum": field.max_length}))
            return None
        return screened

    def _read_when(self, field: FormField, text: str) -> dict[str, Any] | None:
        when = _read_iso(text)
        if when is None:
            # What looks like a date and is none must not be read as some other words.
            read = None if _LIKE_DATE.match(text) else read_freely(self._asking(field), _incoming(text), None)
            found = self._answered(field, read)
            return dict(found) if found else None
        if field.past and when.value > self._now + CLOCK_SLACK:
            self._refuse(_name_of(field), Unclear("when.future"))
        elif field.past and when.value < self._now - LONGEST_AGO:
            self._refuse(_name_of(field), Unclear("when.long_ago"))
        return when.to_dict()

    def _answered(self, field: FormField, read: Read) -> Any:
        if isinstance(read, Answered):
            return read.value
        self._refuse(_name_of(field), read or Unclear(f"{field.kind}.unclear"))
        return None

    def _screened(self, text: str, field: FormField) -> str:
        """The words as they may be kept; that some were turned aside is noted, they are not."""
        screening = self._content.screening if self._form.screened else None
        screened = screening.screen(text) if screening is not None and text else None
        if screened is None:
            return text
        outcome = REPHRASED if screened.neutral else LEFT_OUT
        self.moderated += [Moderated(kind, outcome, self._form.id, field.id) for kind in screened.kinds]
        return screened.neutral

    def _asking(self, field: FormField) -> Asking:
        words = self._content.texts.words(SOURCE_LANGUAGE)
        landmarks = self._content.landmarks
        return Asking(field, self._now, self._content.gazetteer, words, landmarks=landmarks)

    def _refuse(self, name: str, unclear: Unclear) -> None:
        """What a citizen would be asked, as the reason."""
        said = self._content.texts.say(unclear.key, SOURCE_LANGUAGE, **unclear.values).text
        offered = [place["name"] for place in (unclear.partial or {}).get("candidates") or ()]
        more = f" ({'; '.join(offered)})" if offered else ""
        self.faults.append(f"{name}: {said}{more}")


def _name_of(field: FormField) -> str:
    return f"attribute[{field.id}]"


def _incoming(text: str) -> Incoming:
    """Words in the shape the readers take; nothing in them depends on the door."""
    return Incoming(ChannelName.WEB, text)


def _read_degrees(latitude: str, longitude: str) -> Location | None:
    try:
        pin = Location(float(latitude), float(longitude))
    except ValueError:
        return None
    return pin if pin.is_on_earth and (pin.latitude, pin.longitude) != (0, 0) else None


def _read_yes_no(field: FormField, text: str) -> Read:
    given = {"yes": True, "true": True, "no": False, "false": False}.get(text.casefold())
    return None if given is None else answer_yes_no(field, given=given)


def _read_iso(text: str) -> When | None:
    """A day or a time of ISO 8601; without a zone it is meant in London."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    is_day = len(text) <= len("2026-11-20")
    if is_day:
        value = datetime.combine(value, time(12))
    if value.tzinfo is None:
        value = value.replace(tzinfo=LONDON)
    return When(text[:40], value.astimezone(UTC), "day" if is_day else "minute")
