"""The page that says who is missing from the answers to a consultation, for staff."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.consultation_results_page import Bar, day
from bot.pages import render_page
from flows.county import LONDON
from staff.consulting.intervals import CAUTION
from staff.consulting.missing import Missing
from staff.consulting.representativeness import Compared, Comparison

TITLES = {
    ("district",): ("By district", "District"),
    ("age",): ("By age", "Age"),
    ("district", "age"): ("By district and age", "District and age"),
    ("sex",): ("By sex", "Sex"),
}
COLUMNS = ("Answers", "Expected", "Missing", "Of the answers", "From to", "Of the people")


@dataclass(frozen=True)
class View:
    id: str
    title: str
    head: str
    says: tuple[str, ...]
    bars: tuple[Bar, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def render_missing(found: Missing, districts: Mapping[str, str], now: datetime) -> str:
    today = now.astimezone(LONDON).date()
    asked = found.consultation
    left = (asked.closes - today).days
    if today < asked.opens:
        until = f"opens on {day(asked.opens)}"
    elif left < 0:
        until = f"closed on {day(asked.closes)}"
    else:
        until = f"closes on {day(asked.closes)}, in {left} {'day' if left == 1 else 'days'}"
    return render_page(
        "consultation_missing.html",
        title=asked.title,
        covers=f"As of {day(today)}. It {until}.",
        lead=_lead(found),
        steps=found.steps,
        views=[_view(each, districts) for each in found.comparisons],
        uncounted=found.uncounted,
        how=(
            f"People: {found.source}.",
            *found.notes,
            *(f"Not known: {each.what}. Where to get it: {each.where}" for each in found.needed),
            "Expected: as many answers as there are, shared out as people live.",
            "Missing is a group whose whole margin of error lies below its share of the people; all groups of a table "
            "hold together, 95 times in 100.",
            CAUTION,
        ),
        made=day(today),
    )


def _lead(found: Missing) -> list[str]:
    lines = [
        f"{found.answers:,} {_answers(found.answers)}, {found.this_week:,} of them in the last seven days.",
    ]
    unlike = found.unlike.unlike
    if unlike is None:
        lines.append("Nobody has answered yet, so there is nothing to compare.")
    else:
        ways = " and ".join(found.unlike.by)
        lines.append(
            f"Of 100 answers, {100 * unlike.value:.0f} would have to come from other groups for the answers to be like "
            f"the people who live here, by {ways} (from {100 * unlike.low:.0f} to {100 * unlike.high:.0f}). "
            "0 is just like the people."
        )
    return [*lines, *left_out(found)]


def left_out(found: Missing) -> list[str]:
    """What `consultation list` counts and the figures do not."""
    lines = []
    if found.police:
        lines.append(f"Left out: {found.police:,} from people who work for the police.")
    if found.earlier:
        lines.append(
            f"Left out: {found.earlier:,} to an earlier version of the questions. `frontdoor consultation results "
            f"{found.consultation.id} --version N` shows them."
        )
    return lines


def _answers(count: int) -> str:
    return "answer" if count == 1 else "answers"


def _view(found: Comparison, districts: Mapping[str, str]) -> View:
    title, head = TITLES[found.by]
    says = []
    if found.unlike is not None:
        says.append(
            f"{100 * found.unlike.value:.0f} in 100 answers from other groups "
            f"(from {100 * found.unlike.low:.0f} to {100 * found.unlike.high:.0f}) would make them alike."
        )
    if found.unknown:
        says.append(
            f"Not counted here: {found.unknown:,} {_answers(found.unknown)} of which it is not known."
        )
    names = {each.group: _name(each, found, districts) for each in found.groups}
    top = max((max(g.share.high, g.population_share) for g in found.groups), default=1.0) or 1.0
    shown = found.groups if len(found.by) == 1 else ()
    return View(
        "-".join(found.by),
        title,
        head,
        tuple(says),
        tuple(_bar(each, names[each.group], top) for each in shown) if found.answers else (),
        COLUMNS,
        tuple(_row(each, names[each.group]) for each in found.groups),
    )


def _name(each: Compared, found: Comparison, districts: Mapping[str, str]) -> str:
    return ", ".join(
        districts.get(value, value) if by == "district" else value.capitalize() if by == "sex" else value
        for by, value in zip(found.by, each.group, strict=True)
    )


def _bar(each: Compared, name: str, top: float) -> Bar:
    def at(share: float) -> float:
        return round(100 * min(1.0, share / (top * 1.05)), 1)

    said = f"{each.seen:,} of {each.expected:,.0f}" + (", missing" if each.is_missing else "")
    return Bar(
        name, said, at(each.share.value), at(each.share.low), at(each.share.high), at(each.population_share)
    )


def _row(each: Compared, name: str) -> tuple[str, ...]:
    return (
        name,
        f"{each.seen:,}",
        f"{each.expected:,.0f}",
        f"{each.missing:,.0f}" if each.is_missing else "",
        f"{100 * each.share.value:.1f}%",
        f"{100 * each.share.low:.1f} to {100 * each.share.high:.1f}",
        f"{100 * each.population_share:.1f}%",
    )
