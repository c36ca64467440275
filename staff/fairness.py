"""The evidence for the equality duty (Equality Act 2010, section 149): figures, and what is never recorded."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.working_time import WorkingTime
from staff.figures import correlate_ranks, find_quantile
from staff.sheets import UNKNOWN, Cross, Report, Row, Sheet, Value, make_crosses, turn
from staff.small_numbers import SMALL, Hidden
from staff.times import group_by_site, rounded
from storage.export_shape import CHAT_DOORS, OTHER_SYSTEM
from storage.insight import Insight, ModerationCount, Step, Wanted

VISITED = "visited"
FIRST_DAY = timedelta(hours=24)
BANDS = ((1, "1 report"), (2, "2 reports"), (3, "3 or 4 reports"), (5, "5 reports or more"))
LEAST_FOR_CORRELATION = 10  # sites, in what is published

TITLE = "How encampment reports are handled: evidence for the equality duty"
INTRO = (
    "Section 149 of the Equality Act 2010 asks public bodies to have due regard to ending discrimination, to equal "
    "chances and to good relations. Romany Gypsies, Irish Travellers, Scottish Gypsy Travellers and Roma are protected "
    "by it. These figures come from the record itself; they show what was done, not why.",
)
UNRECORDED = (
    "Nobody's ethnicity, religion, health or legal status: the service never asks, so no figure here is by group.",
    "Registration plates, names and faces of people living at a site: reports ask what is seen, photos are stripped of "
    "hidden data, and staff can blur faces and plates.",
    "Words that were turned aside: of each only the kind, the outcome, the door and the time are kept.",
    "Who reported how often: sites are counted, and no number of reports changes the order of work.",
)


@dataclass(frozen=True)
class SiteHistory:
    """One site: the working hours from its first report to its first visit and to its end, None where not yet."""

    district: str
    state: str
    reports: int
    reports_first_day: int
    hours_so_far: float
    visit_hours: float | None
    end_hours: float | None
    was_visited: bool
    welfare_done: bool


@dataclass(frozen=True)
class Evidence:
    sites: tuple[SiteHistory, ...]
    moderations: tuple[ModerationCount, ...]


def read_evidence(
    insight: Insight,
    wanted: Wanted,
    ends: Collection[str],
    now: datetime,
    hours: WorkingTime,
    stages: Mapping[str, str],
) -> Evidence:
    """`stages`: what a state is put under where it is not shown as itself."""
    times: dict[str, list[datetime]] = defaultdict(list)
    for site, at, _ in insight.moments(wanted, of_sites=True):
        times[site].append(at)
    sites = tuple(
        _history(list(steps), times[site], ends, now, hours, stages)
        for site, steps in group_by_site(insight.steps(wanted, of_reports=True))
    )
    return Evidence(sites, tuple(insight.count_moderations(wanted)))


def _history(
    steps: Sequence[Step],
    reported: Sequence[datetime],
    ends: Collection[str],
    now: datetime,
    hours: WorkingTime,
    stages: Mapping[str, str],
) -> SiteHistory:
    first = steps[0]
    begun = min(reported, default=first.began_at)
    # Whichever of its cases was visited, the people there were; but the site ends with its own case alone.
    visits = [step.at for step in steps if step.state == VISITED and step.at is not None]
    # Reopened and ended again: the last end counts, and none where it is open.
    ended = [step.at for step in steps if step.is_own and step.state in ends and step.at is not None]
    return SiteHistory(
        district=first.district or UNKNOWN,
        state=stages.get(first.status, first.status),
        reports=len(reported),
        reports_first_day=sum(at <= begun + FIRST_DAY for at in reported),
        hours_so_far=hours.hours_between(begun, now),
        visit_hours=hours.hours_between(begun, min(visits)) if visits else None,
        end_hours=hours.hours_between(begun, ended[-1]) if ended and first.status in ends else None,
        was_visited=bool(visits),
        welfare_done=any(step.welfare_done for step in steps),
    )


def make_report(
    found: Evidence,
    covers: str,
    districts: Mapping[str, str],
    states: Mapping[str, str],
    hours: WorkingTime,
    *,
    public: bool,
) -> Report:
    names = {**districts, **_others(districts, (s.district for s in found.sites))}
    [moderated] = make_crosses([_moderated(found.moderations)], public=public)
    crosses = [
        _outcomes(found.sites, names, states),
        _welfare(found.sites, names, hours),
        _by_reports(found.sites, hours),
    ]
    outcomes, welfare, by_reports = make_crosses(crosses, public=public)
    sheets = (moderated, turn(outcomes, "State"), welfare, by_reports, _order(found.sites, public))
    return Report(TITLE, covers, sheets, INTRO, UNRECORDED, public)


def _moderated(counts: Iterable[ModerationCount]) -> Cross:
    held: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for each in counts:
        held[each.kind, each.outcome][each.channel] += each.count
    channels = dict((*CHAT_DOORS, OTHER_SYSTEM))
    return Cross(
        "moderated",
        "What was turned aside",
        "What, and what came of it",
        channels | _others(channels, (channel for by in held.values() for channel in by)),
        [
            (f"{kind}/{outcome}", f"{_words(kind)}: {_words(outcome).lower()}", by)
            for (kind, outcome), by in sorted(held.items())
        ],
        says="Words about who people are, not what was seen, are turned aside with a neutral rephrase offered. "
        "The district of what was turned aside is not kept: this covers the whole county.",
        notes=() if held else ("Nothing was turned aside.",),
    )


def _outcomes(sites: Sequence[SiteHistory], names: Mapping[str, str], states: Mapping[str, str]) -> Cross:
    there = {s.state for s in sites}
    columns = {state: name for state, name in states.items() if state in there}
    return Cross(
        "outcomes",
        "Where sites stand, by district",
        "District",
        columns | _others(columns, there),
        [(id, name, Counter(s.state for s in _in(sites, id))) for id, name in names.items()],
    )


def _time(sites: Sequence[SiteHistory], hours: WorkingTime) -> dict[str, Value]:
    day = hours.hours_a_day
    visits = [s.visit_hours for s in sites if s.visit_hours is not None]
    # What ended without a visit waited for one until its end.
    unvisited = [
        s.hours_so_far if s.end_hours is None else s.end_hours for s in sites if s.visit_hours is None
    ]
    ended = [s.end_hours for s in sites if s.end_hours is not None]
    running = [s.hours_so_far for s in sites if s.end_hours is None]
    return {
        "visit_days": rounded(find_quantile(visits, unvisited, 0.5), by=day),
        "end_days": rounded(find_quantile(ended, running, 0.5), by=day),
        "end_days_p90": rounded(find_quantile(ended, running, 0.9), by=day),
    }


def _welfare(sites: Sequence[SiteHistory], names: Mapping[str, str], hours: WorkingTime) -> Cross:
    return Cross(
        "welfare",
        "Welfare checks against visits, and how long it takes, by district",
        "District",
        {"done": "Welfare check noted", "not_done": "Visited, no check noted", "unvisited": "Not visited"},
        [(id, name, Counter(_welfare_of(site) for site in _in(sites, id))) for id, name in names.items()],
        says="Before a public body acts on its own land it asks about health, school and other needs. What was "
        "found is not in these figures, only whether the check is noted.",
        notes=(
            "Times count from the first report. Sites that still wait count as waiting at least as long as they have "
            "(Kaplan and Meier's estimate). Empty: none yet, or too many still wait to tell.",
        ),
        measures={
            "visit_days": "Half visited within (working days)",
            "end_days": "Half ended within (working days)",
            "end_days_p90": "9 in 10 ended within (working days)",
        },
        measured={"total": _time(sites, hours), **{id: _time(_in(sites, id), hours) for id in names}},
    )


def _welfare_of(site: SiteHistory) -> str:
    if site.welfare_done:
        return "done"
    return "not_done" if site.was_visited else "unvisited"


def _by_reports(sites: Sequence[SiteHistory], hours: WorkingTime) -> Cross:
    held: dict[str, list[SiteHistory]] = {str(least): [] for least, _ in BANDS}
    for site in sites:
        held[str(max(least for least, _ in BANDS if site.reports >= least))].append(site)
    return Cross(
        "by_reports",
        "Visits by number of reports",
        "Reports of a site",
        {"visited": "Visited", "unvisited": "Not visited"},
        [
            (str(least), name, Counter("visited" if s.was_visited else "unvisited" for s in held[str(least)]))
            for least, name in BANDS
        ],
        measures={"visit_days": "Half visited within (working days)"},
        measured={
            id: {"visit_days": _time(within, hours)["visit_days"]}
            for id, within in {"total": sites, **held}.items()
        },
    )


def _order(sites: Sequence[SiteHistory], public: bool) -> Sheet:
    visited = [(s, s.visit_hours) for s in sites if s.visit_hours is not None]
    waits = [wait for _, wait in visited]
    pairs: dict[str, tuple[str, list[float]]] = {
        "first_day": ("Reports in the first 24 hours", [float(s.reports_first_day) for s, _ in visited]),
        "all": ("All reports", [float(s.reports) for s, _ in visited]),
    }
    rows = []
    for id, (name, reports) in pairs.items():
        figure: Value = rounded(correlate_ranks(reports, waits), 2)
        count: Value = len(visited)
        if public and len(visited) < LEAST_FOR_CORRELATION:
            figure = Hidden.OTHER
            count = Hidden.FEW if 0 < len(visited) < SMALL else f"fewer than {LEAST_FOR_CORRELATION}"
        rows.append(Row(id, name, {"correlation": figure, "sites": count}))
    return Sheet(
        "order",
        "Does the number of reports set the order of visits?",
        "Number of reports against working time to the first visit",
        {"correlation": "Rank correlation (Spearman)", "sites": "Visited sites"},
        tuple(rows),
        notes=(
            "From -1 (more reports, sooner visited) over 0 (no link) to 1 (more reports, later visited). It is a "
            "figure of these sites, not a proof: with few sites it is far from 0 by chance alone.",
            "Of all reports it leans towards 1 by itself, as a site that waits longer gathers more reports; those of "
            "the first 24 hours do not. Sites not visited yet are left out. Empty: too few, or all the same.",
        ),
    )


def _in(sites: Iterable[SiteHistory], district: str) -> list[SiteHistory]:
    return [site for site in sites if site.district == district]


def _others(names: Mapping[str, str], found: Iterable[str]) -> dict[str, str]:
    """What was found and has no name yet, with one."""
    others = sorted(set(found) - names.keys())
    return {id: "Not known" if id == UNKNOWN else _words(id) for id in others}


def _words(id: str) -> str:
    return id.replace("_", " ").capitalize()
