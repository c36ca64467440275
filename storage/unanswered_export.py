"""The unanswered board as files for people who make training examples of it.

Nothing is trained on before a person has read it: in the YAML file, which has the form of nlu/data/*.yml, every
line is a comment until somebody takes the mark away; the JSON Lines file is none that training reads.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from storage.database import Database
from storage.drafts import written_whole
from storage.unanswered import UnansweredMessage

SHORT_ID = 8
# A label there is not, so that `frontdoor check` stops whoever forgets to decide.
UNDECIDED = "to_be_decided"
_HEAD = """\
Messages from the unanswered board, for a person to read. Nothing in this file is trained on as it is.

How: read each message. One that should be learned from is moved, under the right label, into the file of
nlu/data/ that has that label, and its "# " taken away. Personal data was replaced by marks such as <phone>:
put something invented in their place, and take out what the rules missed (names above all). Mark a place as
[words](place) and a time as [words](seen_at). What is not worth learning stays here or goes.
Then run `frontdoor check` and `frontdoor train`, and settle the messages as the line under each group says:
their words are then deleted from the board. When all is read, delete this file.
"""


class UnansweredFormat(StrEnum):
    YAML = "yaml"
    JSONL = "jsonl"


def export_unanswered(
    database: Database,
    *,
    format: str,
    out: Path,
    who: str,
    reason: str,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Write what waits on the board, noted at or after `since` and before `until`; returns how many messages.

    Raises ValueError for an unknown format or where no reason is given, and FileExistsError: the file of an
    earlier export may hold somebody's reading.
    """
    wanted, reason = UnansweredFormat(format), reason.strip()
    if not reason:
        raise ValueError("an export of citizens' words needs a reason")
    if out.exists():
        raise FileExistsError(f"{out} is there already and may hold somebody's work; choose another name")
    with database.reading() as tx:
        messages = tx.unanswered.waiting(since, until)
    detail = {
        "format": wanted.value,
        "count": len(messages),
        "reason": reason,
        "since": since.isoformat() if since else "",
        "until": until.isoformat() if until else "",
    }
    # The line first: no words are written down anywhere without one, though the machine fail meanwhile.
    database.run_blocking(lambda tx: tx.audit.append(who, "export", "unanswered", detail, now))
    lines = _yaml_lines(messages) if wanted is UnansweredFormat.YAML else _json_lines(messages)
    with written_whole([out]) as [draft]:
        draft.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(messages)


def _json_lines(messages: Iterable[UnansweredMessage]) -> Iterator[str]:
    for message in messages:
        told = {
            "id": message.id,
            "at": message.at.astimezone(UTC).isoformat(),
            "channel": message.channel,
            "language": message.language,
            "reason": message.reason,
            "text": message.text,
            "chosen": message.chosen,
            "ranking": [{"label": label, "confidence": confidence} for label, confidence in message.ranking],
        }
        yield json.dumps(told, ensure_ascii=True)


def _yaml_lines(messages: Iterable[UnansweredMessage]) -> Iterator[str]:
    """Comments with "## " stay comments where somebody takes "# " from every line."""
    yield from (f"## {line}".rstrip() for line in _HEAD.splitlines())
    yield '# version: "3.1"'
    yield "# nlu:"
    groups: dict[tuple[int, str], list[UnansweredMessage]] = {}
    for message in messages:
        groups.setdefault(_group_of(message), []).append(message)
    for (kind, label), group in sorted(groups.items()):
        yield f"## {_KINDS[kind]}"
        yield f"# - intent: {_intent(label)}"
        yield "#   examples: |"
        yield from dict.fromkeys(f"#     - {one_line(message.text)}" for message in group)
        yield f"## frontdoor unanswered done {' '.join(message.id[:SHORT_ID] for message in group)}"


_KINDS = (
    "Chosen by the citizen from buttons:",
    "Only the model's guess; the citizen chose nothing:",
    "The model was sure, and there is no approved answer yet; is the label right?",
    "Nothing that was offered was meant; decide what was:",
)


def _group_of(message: UnansweredMessage) -> tuple[int, str]:
    if message.chosen:
        return 0, message.chosen
    if message.reason == "corrected" or not message.ranking:
        return 3, UNDECIDED
    return (2 if message.reason == "no_entry" else 1), message.ranking[0][0]


def _intent(label: str) -> str:
    """A label as Rasa's training data writes it, which reads a slash otherwise."""
    return re.sub(r"[^\w.-]", "_", label.replace("/", ".", 1))


def one_line(text: str) -> str:
    """Words as one line of a training file, where square brackets mark entities and a leading slash commands."""
    text = text.replace("[", "(").replace("]", ")").replace("\ufffe", "").replace("\uffff", "")
    return " ".join(text.split()).lstrip("/ ")
