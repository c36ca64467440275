"""`frontdoor knowledge`: how hard the answers are to read, how long, how useful; and each as residents get it."""

import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.settings import ROOT, Settings, load_settings
from flows.messages import ChannelName, Incoming, Reply

if TYPE_CHECKING:
    from flows.content import CaseAnswer, Content, KnowledgeEntry
    from storage.answer_counts import AnswerCount

knowledge = typer.Typer(
    name="knowledge",
    help="The answers: a list with their measures, and each as a door shows it.",
    no_args_is_help=True,
)
COUNTED_DAYS = 365
out, err = Console(), Console(stderr=True)


@knowledge.command("list")
def list_answers(
    counts: Annotated[
        bool, typer.Option("--counts", help="Also how often each was given and helped in the last year.")
    ] = False,
) -> None:
    """List every answer: reading age of its hardest text, SMS segments, cases, when to review it."""
    from bot.segments import count_segments
    from flows.plain_english import reading_age

    settings = load_settings(os.environ)
    content = _load(settings)
    counted = _count(settings) if counts else {}
    table = Table()
    for title in (
        "Topic",
        "Title",
        "Cases",
        "Reading age",
        "SMS",
        "Review by",
        *(["Given", "Helped", "Not"] if counts else []),
    ):
        table.add_column(title, overflow="fold", no_wrap=title == "Topic")
    ages = []
    for topic, entry in sorted(content.knowledge.items()):
        texts: list[CaseAnswer | KnowledgeEntry] = [entry, *entry.cases.values()]
        age = max(reading_age(t) for answer in texts for t in (answer.text, answer.sms))
        ages.append(age)
        row = [topic, entry.title, ", ".join(entry.cases), f"{age:.1f}"]
        row += [
            str(max(count_segments(answer.sms).segments for answer in texts)),
            entry.review_by.isoformat(),
        ]
        if counts:
            row += [str(n) for n in counted.get(topic, (0, 0, 0))]
        table.add_row(*map(Text, row))
    out.print(table)
    fit = sum(age <= 11 for age in ages)
    out.print(f"{len(ages)} answers; {fit} of them are read with ease at 11 or younger in every text.")


@knowledge.command()
def preview(
    topic: Annotated[str, typer.Argument(help="The id of an answer, such as bicycle_theft.")],
    channel: Annotated[ChannelName, typer.Option(help="The door that shows it.")] = ChannelName.WEB,
    case: Annotated[
        str, typer.Option(help="For whom: after, renting, under_18 ...; empty for anybody.")
    ] = "",
) -> None:
    """Show an answer as residents get it at one door; by SMS with its segments and what MORE brings."""
    content = _load(load_settings(os.environ))
    entry = content.knowledge.get(topic)
    if entry is None:
        _fail(f"There is no answer {topic}. `frontdoor knowledge list` shows all of them.")
    if case and case not in entry.cases:
        told = ", ".join(entry.cases) or "none"
        _fail(f"{topic} has no words of its own for the case {case}. It has: {told}.")
    for number, reply in enumerate(render(content, entry, channel, case), 1):
        _show(reply, channel, f"{topic}, {channel}, message {number}")


def render(content: "Content", entry: "KnowledgeEntry", channel: ChannelName, case: str = "") -> list[Reply]:
    """The messages an answer becomes at a door; by SMS also all that MORE brings."""
    from flows import topics
    from flows.conversation import Conversation
    from flows.turn import TurnBuilder

    now = datetime.combine(entry.reviewed_on, datetime.min.time(), UTC)
    turn = TurnBuilder(
        content, Conversation(greeted=True), Incoming(channel), None, now, model_asked=True, facts={}
    )
    topics.answer_topic(turn, entry.id, case=case, safe=True)
    if channel is ChannelName.SMS:
        for _ in topics.cut_for_sms(entry.find_answer(case).text):
            topics.tell_more(turn)
    return turn.replies


def _show(reply: Reply, channel: ChannelName, title: str) -> None:
    from bot.segments import count_segments

    if channel is ChannelName.SMS:
        text = reply.to_sms()
        out.print(
            Panel(
                Text(text),
                title=title,
                subtitle=f"{count_segments(text).segments} segment(s), {len(text)} characters",
            )
        )
        return
    buttons = "\n".join(f"[ {button.label} ]" for button in reply.buttons)
    out.print(Panel(Text(f"{reply.text}\n\n{buttons}".strip()), title=title))


def _load(settings: Settings) -> "Content":
    from flows.content import load_content

    return load_content(ROOT / "flows", ROOT / "county", languages=settings.config.service.languages)


def _count(settings: Settings) -> dict[str, tuple[int, int, int]]:
    """Given, helped and not helped by topic, all cases together."""
    from bot.deployment import open_database

    since: date = datetime.now(UTC).date() - timedelta(days=COUNTED_DAYS)
    database = open_database(settings)
    try:
        with database.reading() as tx:
            found: list[AnswerCount] = tx.answer_counts.since(since)
    finally:
        database.dispose()
    counted: dict[str, tuple[int, int, int]] = {}
    for row in found:
        given, helped, not_helped = counted.get(row.topic, (0, 0, 0))
        counted[row.topic] = (given + row.given, helped + row.helped, not_helped + row.not_helped)
    return counted


def _fail(message: str) -> NoReturn:
    err.print(message)
    raise typer.Exit(1)
