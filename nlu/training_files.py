"""The training messages as they are written, and every fault in them, with its file and line.

Rasa reads the same files and is forgiving: a label misspelt becomes a label of its own, and a bracket that is not
closed becomes words. Here both are faults.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.findings import Fault, Findings
from flows.safety import plain_words

FOLDER = "nlu/data"
LABELS_FILE = "nlu/labels.yml"
# What may be marked in a message; all else is found by rule (nlu/components/lexicon.yml).
MARKED = frozenset({"place", "seen_at"})
_MARK = re.compile(r"\[([^\[\]]+)\]\(([^()]+)\)")
_HALF_A_MARK = re.compile(r"[\[\]]|\]\(")


@dataclass(frozen=True)
class TrainingMessage:
    """One message: its words without marks, its label as the contract writes it, and where it stands."""

    text: str
    label: str
    file: str
    line: int


def read_labels(root: Path) -> list[str]:
    """Every label there is, asks as ask/<topic>. Raises flows.yaml_lines.Unreadable."""
    found = Findings(root, None)
    groups = found.read(LABELS_FILE) or {}
    return [f"ask/{name}" if group == "asking" else name for group, names in groups.items() for name in names]


def read_training(root: Path) -> list[TrainingMessage]:
    """All messages, in the order of files and lines; what `check_training` names as a fault is left out."""
    return [message for message, _ in _walk(Findings(root, None)) if message is not None]


def check_training(root: Path) -> list[Fault]:
    """All faults of the training files: unknown labels, empty messages, broken marks, one message with two labels."""
    found = Findings(root, None)
    labels = _read_known(found)
    seen: dict[str, TrainingMessage] = {}
    for message, fault in _walk(found):
        if fault is not None:
            found.faults.append(fault)
        if message is None:
            continue
        if labels and message.label not in labels:
            found.faults.append(Fault(message.file, message.line, f"there is no label {message.label}"))
        first = seen.setdefault(_key(message.text), message)
        if first is not message:
            found.faults.append(_name_twice(message, first))
    for label in sorted(labels - {m.label for m in seen.values()}):
        found.faults.append(Fault(LABELS_FILE, 1, f"no training message has the label {label}"))
    return sorted(set(found.faults))


def _read_known(found: Findings) -> frozenset[str]:
    groups = found.read(LABELS_FILE)
    if not isinstance(groups, dict):
        return frozenset()
    return frozenset(f"ask/{n}" if group == "asking" else n for group, names in groups.items() for n in names)


def _key(text: str) -> str:
    """The same for messages that differ only in capitals and punctuation; signs alone stay what they are."""
    return plain_words(text) or text.strip()


def _name_twice(message: TrainingMessage, first: TrainingMessage) -> Fault:
    where = f"{first.file}, line {first.line}"
    if message.label == first.label:
        return Fault(message.file, message.line, f"the same message as in {where}", is_warning=True)
    told = f"the same message has the label {first.label} in {where}; a message has one label"
    return Fault(message.file, message.line, told)


def _walk(found: Findings) -> Iterator[tuple[TrainingMessage | None, Fault | None]]:
    """Each message, or the fault that stands in its place; the faults of whole files are noted in `found`."""
    for path in sorted((found.root / FOLDER).glob("*.yml")):
        file = f"{FOLDER}/{path.name}"
        value = found.read(file)
        if file not in found.documents:
            continue
        groups = value.get("nlu") if isinstance(value, dict) else None
        if not isinstance(groups, list):
            found.note(file, (), "there is no list called nlu in it")
            continue
        for at, group in enumerate(groups):
            yield from _walk_group(found, file, at, group)


def _walk_group(
    found: Findings, file: str, at: int, group: Any
) -> Iterator[tuple[TrainingMessage | None, Fault | None]]:
    if not isinstance(group, dict) or set(group) != {"intent", "examples"}:
        found.note(file, ("nlu", at), "a group has an intent and examples, and nothing else")
        return
    intent, examples = group["intent"], group["examples"]
    if not isinstance(intent, str) or not isinstance(examples, str):
        found.note(file, ("nlu", at), "the intent is a label, the examples a block of text after |")
        return
    if "/" in intent:
        found.note(
            file, ("nlu", at, "intent"), f"write {intent.replace('/', '.')}: Rasa reads a slash otherwise"
        )
    label = "ask/" + intent.removeprefix("ask.") if intent.startswith("ask.") else intent
    # The text of a block begins on the line after its "|".
    first = found.documents[file].find_line(("nlu", at, "examples")) + 1
    for number, line in enumerate(examples.splitlines(), start=first):
        if line.strip():
            yield _read_line(line, label, file, number)


def _read_line(line: str, label: str, file: str, number: int) -> tuple[TrainingMessage | None, Fault | None]:
    if not re.match(r"-(\s|$)", line):
        return None, Fault(file, number, 'a message begins with "- "')
    written = line[1:].strip()
    text = _MARK.sub(r"\1", written)
    if not text.strip():
        return None, Fault(file, number, "an empty message")
    unknown = {name for _, name in _MARK.findall(written)} - MARKED
    if unknown:
        return None, Fault(file, number, f"nothing is marked as {', '.join(sorted(unknown))}")
    if _HALF_A_MARK.search(text):
        return None, Fault(file, number, "a mark is [words](name), and brackets stand for nothing else")
    return TrainingMessage(text, label, file, number), None
