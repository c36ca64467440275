"""Everything that is said and asked, loaded from YAML into checked values: the engine's only other input."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from flows.calendars import read_calendars
from flows.case_states import COMMON_STATES, StateMachine, load_machines
from flows.cases import Cases, CasesFile
from flows.consultations import (
    EQUALITY,
    Consultation,
    compile_equality,
    compile_form,
    load_consultations,
    load_equality,
)
from flows.county import (
    CountyEvent,
    Desk,
    EventsFile,
    LandmarksFile,
    Organisation,
    OrganisationsFile,
    VolunteeringFile,
    VolunteeringRole,
)
from flows.form_files import load_forms
from flows.forms import Form
from flows.geodata import NO_GEODATA, Geodata
from flows.landmark import Landmark, MainRoad, RoadPoint
from flows.landmarks import Landmarks
from flows.office import NINE_TO_FIVE, OfficeHours
from flows.place import OUTWARD_M, VILLAGE_M, AmbiguousPlace, GeoSources, KnownPlace, OutwardArea
from flows.places import Gazetteer
from flows.safety import Safety, plain_words
from flows.schemes import Scheme, load_schemes
from flows.screening import Screening
from flows.texts import LANGUAGES_FILE, LanguagesFile, OtherLanguage, Texts, Wording
from flows.webhooks import Webhook
from flows.yaml_lines import read_yaml

ENTRY_LENGTH = 900
OUTSIDE_DESK = "outside_county"
# Wishes the code serves itself (flows/own_data.py, flows/status.py).
SERVED = frozenset({"my_data", "delete_my_data", "check_status"})
UNREAD = "(general knowledge"
# What posters tell people to send; it shows what is open.
CONSULTATION_KEYWORDS = ("survey", "surveys", "have your say")
# What people send later on, when the buttons below their receipt are gone.
ANSWERED_KEYWORDS = {
    "my_answers": (
        *("my answers", "change my answers", "change my answer", "withdraw my answers"),
        *("take my answers back", "take back my answers", "take them back"),
    ),
    "ask_consultation_results": ("tell me the results", "survey results", "results"),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseAnswer(_Strict):
    """The whole answer for one kind of person or situation (cases.yml), instead of the entry's own."""

    text: str = Field(min_length=1, max_length=ENTRY_LENGTH)
    sms: str = Field(min_length=1)


class KnowledgeEntry(_Strict):
    """An approved answer: chat text, SMS text, where it comes from and until when it may be said.

    `start` are labels of what can be begun from here. `private` marks a topic that must not be seen over a
    shoulder: it is first asked whether it is safe. `to_confirm` are points for staff that rest on general
    knowledge or were withheld: `frontdoor check --review` lists them.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1, max_length=60)
    text: str = Field(min_length=1, max_length=ENTRY_LENGTH)
    sms: str = Field(min_length=1)
    contacts: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    cases: dict[str, CaseAnswer] = Field(default_factory=dict)
    private: bool = False
    to_confirm: tuple[str, ...] = ()
    sources: tuple[str, ...] = Field(min_length=1)
    reviewed_on: date
    review_by: date
    owner: str = Field(min_length=1)

    @property
    def read_sources(self) -> tuple[str, ...]:
        """The sources of which somebody has read a copy; the others are marked as general knowledge."""
        return tuple(source for source in self.sources if UNREAD not in source)

    def find_answer(self, case: str) -> "CaseAnswer | KnowledgeEntry":
        """The words for a case; the entry's own where it has none of its own."""
        return self.cases.get(case, self)


class Signpost(_Strict):
    """What is said to a wish the service cannot serve itself yet: the confirmed way to do it."""

    text: str = Field(min_length=1, max_length=500)
    sms: str = Field(min_length=1)
    contacts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    reviewed_on: date


class Route(_Strict):
    """Who leads for one kind of land in one district, and what the reporter is told."""

    desk: str
    told: str


class KnowledgeFile(_Strict):
    entries: tuple[KnowledgeEntry, ...]


class SignpostFile(_Strict):
    signposts: dict[str, Signpost]


@dataclass(frozen=True)
class Thresholds:
    """From which confidence the model is believed, and how far the best must lead the second."""

    sure: float = 0.45
    close: float = 0.08
    danger: float = 0.5
    danger_in_answer: float = 0.85
    side_question: float = 0.5


@dataclass(frozen=True)
class KeptDays:
    """How long personal data is kept, as residents are told it: of `retention` in config.yml."""

    messages_days: int = 90
    personal_after_closed_days: int = 183
    personal_at_most_days: int = 730


@dataclass(frozen=True)
class Content:
    """All texts, forms, answers and places of one deployment."""

    texts: Texts
    forms: dict[str, Form]
    safety: Safety
    gazetteer: Gazetteer
    landmarks: Landmarks | None = None
    knowledge: dict[str, KnowledgeEntry] = field(default_factory=dict)
    signposts: dict[str, Signpost] = field(default_factory=dict)
    routes: dict[str, dict[str, Route]] = field(default_factory=dict)
    outside: Route | None = None
    menu: tuple[str, ...] = ()
    thresholds: Thresholds = Thresholds()
    languages: dict[str, OtherLanguage] = field(default_factory=dict)
    cases: Cases = field(default_factory=lambda: Cases({}, {}))
    organisations: tuple[Organisation, ...] = ()
    events: tuple[CountyEvent, ...] = ()
    roles: tuple[VolunteeringRole, ...] = ()
    public_url: str = ""
    kept: KeptDays = KeptDays()
    schemes: tuple[Scheme, ...] = ()
    office: OfficeHours = NINE_TO_FIVE
    screening: Screening | None = None
    machines: dict[str, StateMachine] = field(default_factory=dict)
    desks: dict[str, Desk] = field(default_factory=dict)
    can_text: bool = True  # whether there is an SMS door to send a code by
    webhooks: tuple[Webhook, ...] = ()
    consultations: dict[str, Consultation] = field(default_factory=dict)
    # Forms of consultations as earlier versions asked them, by id and version.
    earlier: dict[tuple[str, int], Form] = field(default_factory=dict)

    @property
    def equality(self) -> Form | None:
        """The form of the equality questions, asked after a consultation."""
        return self.forms.get(EQUALITY)

    @cached_property
    def keywords(self) -> dict[str, str]:
        """Plain words that start a form, longest first, with the label they stand for."""
        found: dict[str, str] = {}
        if self.consultations:
            found |= dict.fromkeys(CONSULTATION_KEYWORDS, "give_feedback")
            for label, phrases in ANSWERED_KEYWORDS.items():
                found |= dict.fromkeys(phrases, label)
        for form in self.forms.values():
            for label, start in form.starts.items():
                found |= {plain_words(k): label for k in start.keywords}
            found |= {plain_words(k): form.label for k in form.keywords}
        return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))

    def find_body(self, kind: str, district: str | None, day: date) -> Organisation | None:
        """The body of a kind that works in a district on a day; where the district is not known, the only one."""
        there = [o for o in self.organisations if o.kind == kind and o.is_there(day)]
        if not district:
            return there[0] if len(there) == 1 else None
        return next((o for o in there if district in o.districts), None)

    def find_form_by_label(self, label: str) -> Form | None:
        """The form a label starts, its own or one more."""
        return next((f for f in self.forms.values() if label in f.labels), None)

    def find_machine(self, form: str) -> StateMachine:
        """The states of a form's cases; the common ones for a form that is no longer in use."""
        return self.machines.get(form, COMMON_STATES)

    def find_route(
        self, land: str | None, district: str | None, *, outside: str | None = None
    ) -> Route | None:
        """Who leads; a place outside the county has one answer, whatever the land."""
        if outside and self.outside is not None:
            return self.outside
        rows = self.routes.get(land or "other", {})
        return rows.get(district or "unknown") or rows.get("unknown")

    def title_of(self, label: str, language: str) -> str | None:
        """What a label is called on a button; None for one that cannot be offered."""
        form = self.find_form_by_label(label)
        if form and label == form.label:
            return self.texts.form(form.id, language).title or form.title
        if form:
            if self.texts.has(f"label.{label}"):
                return self.texts.say(f"label.{label}", language).text
            return form.starts[label].title or form.title
        if label.startswith("ask/"):
            entry = self.knowledge.get(label.removeprefix("ask/"))
            return entry.title if entry else None
        if (label in self.signposts or label in SERVED) and self.texts.has(f"label.{label}"):
            return self.texts.say(f"label.{label}", language).text
        return None


def load_content(
    flows: Path,
    county: Path,
    *,
    languages: tuple[str, ...] = ("en",),
    menu: tuple[str, ...] = (),
    thresholds: Thresholds = Thresholds(),
    public_url: str = "",
    kept: KeptDays = KeptDays(),
    office: OfficeHours = NINE_TO_FIVE,
    can_text: bool = True,
    webhooks: tuple[Webhook, ...] = (),
    geodata: Geodata = NO_GEODATA,
) -> Content:
    """Reads the folders flows/ and county/; `geodata` makes places exact.

    Raises what the files' faults raise; `frontdoor check` explains them.
    """
    desks = read_yaml(county / "desks.yml")
    schemes = load_schemes(county / "schemes")
    told_outside = desks["desks"].get(OUTSIDE_DESK, {}).get("told")
    knowledge = [
        entry
        for path in sorted((county / "knowledge").glob("*.yml"))
        for entry in KnowledgeFile.model_validate(read_yaml(path)).entries
    ]
    gazetteer = load_gazetteer(county, geodata)
    forms = load_forms(flows / "forms", schemes)
    consultations = load_consultations(county)
    asked = {form.id: form for form in map(compile_form, consultations.values())}
    words = {form: consultations[asked[form].consultation].spoken() for form in asked}
    if (equality := load_equality(county)) is not None:
        asked[EQUALITY] = compile_equality(equality)
        words[EQUALITY] = equality.words
    forms |= asked
    machines = load_machines(county)
    return Content(
        texts=Texts.load(flows / "texts", languages).with_forms(words),
        consultations=consultations,
        forms=forms,
        machines={form.id: machines[form.states] for form in forms.values()},
        desks={id: Desk.model_validate(desk) for id, desk in desks["desks"].items()},
        schemes=schemes,
        office=office,
        can_text=can_text,
        webhooks=webhooks,
        safety=Safety.load(flows / "danger.yml"),
        screening=Screening.load(flows / "screening.yml"),
        gazetteer=gazetteer,
        landmarks=load_landmarks(county, gazetteer, geodata),
        knowledge={entry.id: entry for entry in knowledge},
        signposts=dict(SignpostFile.model_validate(read_yaml(county / "signposts.yml")).signposts),
        routes={
            land: {district: Route.model_validate(row) for district, row in rows.items()}
            for land, rows in desks["routes"].items()
        },
        outside=Route(desk=OUTSIDE_DESK, told=told_outside) if told_outside else None,
        menu=menu,
        public_url=public_url,
        kept=kept,
        thresholds=thresholds,
        organisations=OrganisationsFile.model_validate(read_yaml(county / "organisations.yml")).organisations,
        events=(*EventsFile.model_validate(read_yaml(county / "events.yml")).events, *read_calendars(county)),
        roles=VolunteeringFile.model_validate(read_yaml(county / "volunteering.yml")).roles,
        cases=Cases.of(CasesFile.model_validate(read_yaml(county / "cases.yml")).cases),
        languages=LanguagesFile.model_validate(read_yaml(flows / "texts" / LANGUAGES_FILE)).languages,
    )


def load_gazetteer(county: Path, geodata: Geodata = NO_GEODATA) -> Gazetteer:
    """The gazetteer of county/places.yml, neighbours.yml and districts.yml."""
    districts = read_yaml(county / "districts.yml")
    neighbours = read_yaml(county / "neighbours.yml")
    return Gazetteer(
        tuple(_known(p, district=p["district"]) for p in read_yaml(county / "places.yml")["places"]),
        tuple(_known(p, force=p["force"]) for p in neighbours["places"]),
        tuple(
            OutwardArea(
                a["code"],
                tuple(a["districts"]),
                a["latitude"],
                a["longitude"],
                a["outside"],
                a.get("within_m", OUTWARD_M),
            )
            for a in districts["outward_codes"]
        ),
        {d["id"]: d["name"] for d in districts["districts"]},
        tuple(
            AmbiguousPlace(a["name"], tuple(a.get("also") or ()), tuple(a.get("districts") or ()), a["ask"])
            for a in neighbours.get("ambiguous") or ()
        ),
        GeoSources(
            geodata.points,
            geodata.boundaries,
            {d["code"]: d["id"] for d in districts["districts"]},
            {p["council"]: p["force"] for p in neighbours["places"] if p.get("council")},
        ),
    )


def load_landmarks(county: Path, gazetteer: Gazetteer, geodata: Geodata = NO_GEODATA) -> Landmarks:
    """What residents name beside towns: county/landmarks_*.yml."""
    files = [LandmarksFile.model_validate(read_yaml(path)) for path in sorted(county.glob("landmarks_*.yml"))]
    return Landmarks(
        gazetteer,
        [Landmark(**row.model_dump()) for file in files for row in file.landmarks],
        [
            MainRoad(row.name, tuple(RoadPoint(**point.model_dump()) for point in row.points), row.also)
            for file in files
            for row in file.roads
        ],
        geodata.names,
    )


def as_wording(thing: CaseAnswer | KnowledgeEntry | Signpost) -> Wording:
    return Wording(text=thing.text, sms=thing.sms)


def _known(row: dict[str, Any], *, district: str | None = None, force: str | None = None) -> KnownPlace:
    return KnownPlace(
        row["name"],
        row["latitude"],
        row["longitude"],
        district,
        tuple(row.get("also") or ()),
        force,
        row.get("within_m", VILLAGE_M),
    )
