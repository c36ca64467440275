"""The ledger of a consultation: how it keeps the four principles of R v Brent LBC, ex parte Gunning (1985).

Asked while nothing was decided, told enough to answer, given time, and the answers weighed before deciding (approved in
R (Moseley) v Haringey, 2014). Of each principle it gathers what is on record; where something wants looking at it says
so. Whether a consultation was lawful it does not judge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from flows.consultations import Consultation, Question, QuestionKind, questionnaire_hash
from flows.county import LONDON
from flows.office import bank_holidays_between, is_working_day
from flows.yaml_lines import read_yaml
from staff.consulting.other_versions import say_other_version
from staff.consulting.result_values import OtherVersion, Told
from staff.small_numbers import Hidden, Shown
from storage.consultations import OpenedConsultation
from storage.ledger import LedgerEntry
from storage.published_results import PublishedPage

# Government's own practice is proportion, not a number (Consultation Principles, Cabinet Office 2018); staff look again
# below this many working days.
SHORT_DAYS = 20


class Period(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    what: str
    begins: date
    ends: date
    status: Literal["unconfirmed", "confirmed"]
    source: str

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.ends < self.begins:
            raise ValueError("ends: comes before begins:")
        return self


class PreElectionFile(BaseModel):
    """county/pre_election.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    periods: tuple[Period, ...]


def load_periods(county: Path) -> tuple[Period, ...]:
    """Empty where the county has no such file."""
    path = county / "pre_election.yml"
    return PreElectionFile.model_validate(read_yaml(path)).periods if path.exists() else ()


@dataclass(frozen=True)
class Sheet:
    """A table: the first cell of a row names it."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Part:
    """One principle. `look` are things that want looking at before anything rests on them."""

    id: str
    title: str
    says: tuple[str, ...]
    look: tuple[str, ...] = ()
    sheets: tuple[Sheet, ...] = ()


@dataclass(frozen=True)
class GunningLedger:
    title: str
    covers: str
    parts: tuple[Part, ...]
    owner: str


@dataclass(frozen=True)
class Answered:
    """How many of the public answered: by door as the published page tells it; before there is one, all in tens."""

    public: Shown
    doors: tuple[tuple[str, Shown], ...] | None = None

    @classmethod
    def of(cls, told: Told) -> "Answered":
        return cls(told.public, tuple(zip(told.doors, told.door_counts, strict=False)))


def make_ledger(
    consultation: Consultation,
    opened: Sequence[OpenedConsultation],
    answered: Answered,
    entries: Sequence[LedgerEntry],
    published: PublishedPage | None,
    periods: Sequence[Period],
    *,
    themes: Mapping[str, tuple[str, str]] | None = None,
    others: Sequence[OtherVersion] = (),
) -> GunningLedger:
    """`opened` are all versions, oldest first; `answered` is of this one; `others` answered another."""
    asked = consultation
    return GunningLedger(
        title=f"{asked.title}: how we listened",
        covers=f"{asked.id}, version {asked.version}. Asked from {_day(asked.opens)} to {_day(asked.closes)}.",
        parts=(
            _while_open(asked, opened, entries),
            _told_enough(asked, opened),
            _given_time(asked, answered, entries, periods, others),
            _considered(asked, entries, published, themes or {}),
        ),
        owner=asked.owner,
    )


def _while_open(
    asked: Consultation, opened: Sequence[OpenedConsultation], entries: Sequence[LedgerEntry]
) -> Part:
    gap = (asked.decision_on - asked.closes).days
    early = [e for e in entries if e.kind == "decision" and _local(e.at) <= asked.closes]
    look = []
    if early:
        look.append(f"{len(early)} decision(s) were written down before it closed.")
    if gap <= 0:
        look.append("The decision is due before it closes.")
    return Part(
        "open",
        "1. Asked while nothing was decided",
        (
            f"The decision is due on {_day(asked.decision_on)}, {_many(gap, 'day')} after it closes.",
            f"Who could answer: {asked.audience}.",
        ),
        tuple(look),
        (
            Sheet(
                "Versions",
                ("Version", "Opened", "By", "Closed"),
                tuple(
                    (
                        str(each.version),
                        _day(_local(each.opened_at)),
                        each.opened_by,
                        _day(_local(each.closed_at)) if each.closed_at else "",
                    )
                    for each in opened
                ),
            ),
        ),
    )


def _told_enough(asked: Consultation, opened: Sequence[OpenedConsultation]) -> Part:
    digest = questionnaire_hash(asked)
    look = []
    kept = [each.questionnaire_hash for each in opened if each.version == asked.version]
    if kept and kept != [digest]:
        look.append("The questionnaire on record does not give the hash it was opened with.")
    unsourced = [fact.id for fact in asked.facts if not fact.source]
    if unsourced:
        look.append(f"No source is named for: {', '.join(unsourced)}.")
    if any("check" in fact.source.casefold() for fact in asked.facts):
        look.append("A source says that a figure is still to be checked.")
    shown_with = {
        fact.id: ", ".join(q.title for q in asked.questions if fact.id in q.facts) for fact in asked.facts
    }
    return Part(
        "informed",
        "2. Told enough to answer",
        (
            "What was asked and told, word for word, was kept when it was opened. Its SHA-256 is",
            digest,
            "Whoever has the questionnaire can reckon it again (docs/consultations.md).",
        ),
        tuple(look),
        (
            Sheet(
                "What people were asked",
                ("Question", "Words", "Answers to choose from"),
                tuple((q.title, q.ask.strip(), _offered(q)) for q in asked.questions),
            ),
            *(
                (
                    Sheet(
                        "What people were told",
                        ("Beside", "Words", "Source"),
                        tuple((shown_with[f.id], f.text.strip(), f.source) for f in asked.facts),
                    ),
                )
                if asked.facts
                else ()
            ),
        ),
    )


def _offered(question: Question) -> str:
    """What could be chosen, word for word; of numbers the bounds."""
    if question.kind in (QuestionKind.NUMBER, QuestionKind.RATING):
        return f"{question.minimum} to {question.maximum}"
    return "; ".join(option.label for option in question.compile(()).options)


def _given_time(
    asked: Consultation,
    answered: Answered,
    entries: Sequence[LedgerEntry],
    periods: Sequence[Period],
    others: Sequence[OtherVersion],
) -> Part:
    days = (asked.closes - asked.opens).days + 1
    working = sum(is_working_day(asked.opens + timedelta(days=ahead)) for ahead in range(days))
    free = bank_holidays_between(asked.opens, asked.closes)
    met = [p for p in periods if p.begins <= asked.closes and asked.opens <= p.ends]
    decided = [p for p in periods if p.begins <= asked.decision_on <= p.ends]
    look = [f"It was open {_many(working, 'working day')}."] if working < SHORT_DAYS else []
    look += [f"It was open in a pre-election period: {_period(p)}." for p in met]
    look += [f"The decision falls into a pre-election period: {_period(p)}." for p in decided if p not in met]
    reach = [e for e in entries if e.kind == "reach"]
    if not reach:
        look.append("Nothing is written down of how people were reached.")
    return Part(
        "time",
        "3. Given time, and a way to answer",
        (
            f"It could be answered on {_many(days, 'day')}, {_many(working, 'working day')} among them.",
            (
                f"Bank holidays among them: {', '.join(f'{_day(on)} ({name})' for on, name in free)}."
                if free
                else "No bank holiday was among them."
            ),
            (
                "It touches no pre-election period on record."
                if not met and not decided
                else "See below for pre-election periods."
            ),
            f"Written in: {', '.join(asked.languages)}. Answers could be changed or taken back until it closed.",
            *(() if answered.doors is not None else (_say_answered(answered.public),)),
            *filter(None, map(say_other_version, others)),
        ),
        tuple(look),
        (
            *(
                (
                    Sheet(
                        "Answers of the public, by door",
                        ("Door", "Answers"),
                        (*((door, str(n)) for door, n in answered.doors), ("All", str(answered.public))),
                    ),
                )
                if answered.doors is not None
                else ()
            ),
            *(
                (
                    Sheet(
                        "How people were reached",
                        ("When", "What"),
                        tuple((_day(_local(e.at)), str(e.data.get("text", ""))) for e in reach),
                    ),
                )
                if reach
                else ()
            ),
        ),
    )


def _considered(
    asked: Consultation,
    entries: Sequence[LedgerEntry],
    published: PublishedPage | None,
    themes: Mapping[str, tuple[str, str]],
) -> Part:
    told = [e for e in entries if e.kind in ("decision", "considered")]
    considered = {theme for e in told for theme in e.data.get("themes", ())}
    without = [name for id, (name, _) in themes.items() if id not in considered]
    look = [f"Nothing is written down of: {', '.join(without)}."] if without else []
    if not told:
        look.append("Nothing is written down yet of how the answers were considered, or of a decision.")
    says = (
        f"The results were published on {_day(_local(published.at))}."
        if published
        else "The results are not published yet."
    )
    rows = tuple(
        (
            _day(_local(e.at)),
            "Decision" if e.kind == "decision" else "How we considered this",
            ", ".join(_theme(str(theme), themes) for theme in e.data.get("themes", ())) or "-",
            str(e.data.get("text", "")),
        )
        for e in told
    )
    sheets = (
        (Sheet("Themes, and what came of each", ("When", "Kind", "Themes", "Words"), rows),) if rows else ()
    )
    return Part("considered", "4. Considered before deciding", (says,), tuple(look), sheets)


def _say_answered(public: Shown) -> str:
    many = str(public).capitalize() if isinstance(public, Hidden) else f"About {public:,}" if public else "No"
    return f"{many} people of the public answered. By which door is told with the results."


def _theme(id: str, themes: Mapping[str, tuple[str, str]]) -> str:
    return themes[id][0] if id in themes else id.replace("_", " ").capitalize()


def _period(period: Period) -> str:
    mark = " [unconfirmed]" if period.status == "unconfirmed" else ""
    return f"{period.what}, {_day(period.begins)} to {_day(period.ends)}{mark}"


def _local(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def _many(count: int, of: str) -> str:
    return f"{count} {of}" if count == 1 else f"{count} {of}s"


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"
