"""The page of what was measured about consultations: marks, tables, machine and method."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.consultations.floods import PEER_PER_HOUR, FloodsResult
from bench.consultations.large import PAGE, LargeResult
from bench.consultations.planted import FLOODS, HONEST
from bench.consultations.played import MOST_MESSAGES, MOST_SEGMENTS, PlayedResult
from bench.consultations.served import ServedResult
from bench.consultations.truth import CaseResult
from bench.machine import Machine

PAGE_MS = 300
MOST_SECONDS = 90.0


@dataclass(frozen=True)
class ConsultationsResult:
    date: str
    revision: str
    machine: Machine
    truth: tuple[CaseResult, ...]
    played: tuple[PlayedResult, ...]
    served: ServedResult | None
    large: LargeResult
    floods: FloodsResult


def list_marks(result: ConsultationsResult) -> list[str]:
    """What was wanted, and whether it was reached."""
    page = next(step for step in result.large.steps if step.step == PAGE)
    segments, messages = (
        max(getattr(each, name) for each in result.played) for name in ("segments", "messages")
    )
    return [
        f"A six-question survey by text: at most {segments} segments sent (wanted: {MOST_SEGMENTS}): "
        + _reached(segments <= MOST_SEGMENTS),
        f"and {messages} messages of the citizen (wanted: {MOST_MESSAGES}): "
        + _reached(messages <= MOST_MESSAGES),
        *(_served_marks(result.served) if result.served else ()),
        f"Results page of {result.large.answers:,} answers, as everybody gets it: {page.median_ms:.1f} ms "
        f"(wanted: under {PAGE_MS} ms): " + _reached(page.median_ms < PAGE_MS),
    ]


def _served_marks(served: ServedResult) -> list[str]:
    return [
        f"By web chat with a running service, by script: a median of {served.service:.2f} s "
        f"(wanted: under {MOST_SECONDS:g} s): " + _reached(served.service < MOST_SECONDS),
        f"The same with a person's reading and typing, modelled and not watched: a median of {served.whole:.0f} s: "
        + ("under that too." if served.whole < MOST_SECONDS else "OVER it."),
    ]


def _reached(is_so: bool) -> str:
    return "reached." if is_so else "NOT reached."


def make_page(result: ConsultationsResult) -> str:
    """The Markdown page: marks, tables, machine, method."""
    machine = result.machine
    parts = [
        f"# Consultations, {result.date}",
        "\n".join(f"- {mark}" for mark in list_marks(result)),
        "## Counted, weighted and true",
        *(part for case in result.truth for part in _case(case)),
        "Who answers is drawn anew each time: residents of 16 and over as `county/census.yml` has them, by district "
        "and age, the oldest 6.8 times as ready to answer as the youngest and the best heard district 4 times as "
        "ready as the least; what they want is set by district and age (`bench/consultations/truth.py`). 95 in 100 "
        "is what the intervals of all options of a question promise together. They come near it where who answers "
        "hangs on what the weights know (of 200 draws chance alone moves 95 in 100 by 3), and **not** where it hangs "
        "on the opinion itself: no weight mends that, and it may make it worse. Every page of results says so.",
        "## Whole surveys by script",
        _table(
            (
                "Survey",
                "Questions",
                "SMS segments",
                "Messages",
                "Web chat, s",
                "Longest, s",
                "Words shown",
            ),
            [
                (
                    each.consultation,
                    str(each.questions),
                    str(each.segments),
                    str(each.messages),
                    f"{each.seconds:.3f}",
                    f"{each.longest_seconds:.3f}",
                    str(each.words),
                )
                for each in result.played
            ],
        ),
        f"The real engine, routes, doors and record (SQLite), {result.played[0].runs} chats each, the clock in "
        "December, no model and no network: all of a script is read for certain. By text the first message is the "
        "keyword of a poster, and the answer to the last question sends them all; segments are all that "
        "the service sends, as the network counts them, from the first word to the receipt. Words shown are those "
        "before the answers are sent, labels of buttons too.",
        *(_served_part(result.served) if result.served else ()),
        f"## {result.large.answers:,} answers",
        _table(
            ("Step", "Median ms", "Longest ms"),
            [(step.step, f"{step.median_ms:g}", f"{step.longest_ms:g}") for step in result.large.steps],
        ),
        f"The precept survey; {result.large.megabytes:g} MB of SQLite, after one time that does not count, on "
        f"{result.large.date} at a load average of {result.large.load:g} just before. Everybody reads the page that "
        "staff published, which is kept whole: nothing is counted for it. The other lines are what making it takes, "
        "reckoned anew from the record each time.",
        "## Floods",
        _table(
            ("", "Precision", "Recall", "Shown", "of them honest", "Honest shown where none is planted"),
            [
                (
                    score.name,
                    f"{score.precision:.3f}",
                    f"{score.recall:.3f}",
                    f"{score.shown:,}",
                    f"{score.honest:,}",
                    f"{result.floods.false_alarms[score.name]:.1%}",
                )
                for score in result.floods.scores
            ],
        ),
        "Recall of each kind planted:",
        _table(
            ("Planted", *(score.name for score in result.floods.scores)),
            [(kind, *(f"{score.by_kind[kind]:.2f}" for score in result.floods.scores)) for kind in FLOODS],
        ),
        f"Of {HONEST:,} honest answers in 47 days and ten floods among them, at each of the seeds "
        f"{', '.join(map(str, result.floods.seeds))}; {result.floods.seconds:g} s at most for one. The honest have "
        "busy first and last days, three newsletters each, two school classes, five operators' networks that one in "
        "eight web chats shares, and the same few words from many (`bench/consultations/planted.py`). An answer counts "
        "as shown where any group holds it; the honest of a busy hour are shown with the flood, since nothing tells "
        "them from it. What is shown is for people to judge: nothing is dropped. Bounds were set on seeds 1 to 3. The "
        f"peer shows every hour of the clock with more than {PEER_PER_HOUR} answers; the second has the number that "
        "is best for each seed, which nobody could know.",
        "## Machine",
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb} GiB; {machine.system}; Python {machine.python}; "
        f"databases on {machine.filesystem}; load average {machine.load_at_start} at the start"
        + (f"; revision {result.revision}." if result.revision else "."),
        "Again: `frontdoor bench --consultations`.",
    ]
    return "\n\n".join(parts) + "\n"


def _served_part(served: ServedResult) -> list[str]:
    rows = [
        ("The service, measured", f"{served.service:.2f}", f"{served.service_p95:.2f}"),
        ("A person, modelled", f"{served.person:.0f}", f"{served.person_p95:.0f}"),
        ("Both", f"{served.whole:.0f}", f"{served.whole_p95:.0f}"),
    ]
    return [
        "## A survey by web chat with a running service",
        _table(("From the link to the receipt", "Median s", "95 in 100 s"), rows),
        f"`precept_2027`, {served.questions} questions, {served.chats} chats one after the other, each with other "
        "answers, over HTTP to a real `frontdoor serve` with its trained model and its record (SQLite) on this "
        f"machine on {served.date}, at a load average of {served.load:g} just before, after two that do not count; the "
        "survey's days are moved so that it is open that day. One message: "
        f"{served.message_median_ms:.0f} ms median, {served.message_p95_ms:.0f} ms for 95 in 100. **The person's times "
        "are modelled and were not waited for; nobody was watched.** Each of them reads every word shown before the "
        f"answers are sent ({served.words:.0f}, labels of buttons too) once, at a pace drawn evenly from 175 to 300 "
        "words a minute (Brysbaert, Journal of Memory and Language 109, 2019: 238 on average, most adults between "
        "these); types at 26 to 40 words a minute, as people in their fifties and in their teens do on a telephone "
        "(Palin and others, MobileHCI 2019: 36.2 on average); and for each answer takes 1.35 s to decide, 0.8 to 1.5 s "
        "to point and 0.2 s to press (Card, Moran and Newell, Communications of the ACM 23(7), 1980, who measured a "
        "mouse). Reading is most of it: the table of bands and the read-back are read to the last word.",
    ]


def _case(case: CaseResult) -> list[str]:
    rows = [
        (
            each.option,
            f"{each.counted:.1%} ± {each.counted_margin:.1%}",
            f"{each.weighted:.1%} ± {each.weighted_margin:.1%}",
            f"{each.truth:.1%}",
            "yes" if each.holds else "NO",
            f"{each.covered_counted:.1%}",
            f"{each.covered_weighted:.1%}",
        )
        for each in case.options
    ]
    columns = (
        "Option",
        "Counted",
        "Weighted",
        "True",
        "Weighted interval holds it",
        "Counted held it",
        "Weighted held it",
    )
    return [
        f"**{case.name}.** One draw of {case.answers:,} in figures, and the last two columns over {case.draws} draws. "
        f"Weighted by {case.by}, design effect {case.design_effect:g}.",
        _table(columns, rows),
        f"All options held together: counted {case.all_counted:.1%}, weighted {case.all_weighted:.1%} of the draws. "
        f"Mean distance from the truth: counted {case.error_counted:.2%}, weighted {case.error_weighted:.2%}.",
        f"Who is missing, as staff read it (unlike by {case.unlike:.2f}):\n\n"
        + "\n".join(f"- {line}" for line in case.missing),
    ]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|---|" + "---:|" * (len(columns) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
