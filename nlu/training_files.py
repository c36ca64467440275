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
from flows.yaml_lines import read_document

FOLDER = "nlu/data"
LABELS_FILE = "nlu/labels.yml"
KEYS = frozenset({"version", "nlu"})
# What may be marked in a message; all else is found by rule (nlu/components/lexicon.yml).
MARKED = frozenset({"place", "seen_at"})
_MARK = re.compile(r"\[([^\[\]]+)\]\(([^()]+)\)")
_HALF_A_MARK = re.compile(r"[\[\]]")
_APOSTROPHES = str.maketrans("", "", "'`")
_BETWEEN_WORDS = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True)
class TrainingMessage:
    """One message: its words, its label as the contract writes it, where it stands, and which words are marked."""

    text: str
    label: str
    file: str
    line: int
    marked: tuple[str, ...] = ()


def read_labels(root: Path) -> list[str]:
    """Every label there is, asks as ask/<topic>. Raises flows.yaml_lines.Unreadable."""
    return _list_labels(read_document(root / LABELS_FILE).value)


def read_training(root: Path) -> list[TrainingMessage]:
    """All messages, in the order of files and lines; what `check_training` names as a fault is left out."""
    return list(_walk(Findings(root, None), frozenset()))


def check_training(root: Path) -> list[Fault]:
    """All faults of the training files: unknown labels, empty messages, broken marks, one message with two labels."""
    found = Findings(root, None)
    labels = _read_known(found)
    seen: dict[str, TrainingMessage] = {}
    used = set()
    for message in _walk(found, frozenset(labels)):
        used.add(message.label)
        first = seen.setdefault(get_key(message.text), message)
        if first is not message:
            found.faults.append(_name_twice(message, first))
    for label, where in labels.items():
        if label not in used:
            found.note(LABELS_FILE, where, f"no training message has the label {label}")
    return sorted(set(found.faults))


def _read_known(found: Findings) -> dict[str, tuple[str, int]]:
    """Each label and where it stands in the file of labels; empty, with its fault noted, where that is no list."""
    groups = found.read(LABELS_FILE)
    if LABELS_FILE not in found.documents:
        return {}
    try:
        places = [(group, at) for group, names in groups.items() for at in range(len(names))]
        return dict(zip(_list_labels(groups), places, strict=True))
    except (AttributeError, TypeError):
        found.note(LABELS_FILE, (), "labels stand in groups: a name, and a list of labels")
        return {}


def _list_labels(groups: dict[str, list[str]]) -> list[str]:
    return [f"ask/{name}" if group == "asking" else name for group, names in groups.items() for name in names]


def get_key(text: str) -> str:
    """The same for messages that differ only in capitals and punctuation; signs alone stay what they are."""
    if text.isascii() and text.isprintable():
        # What plain_words would say, in a tenth of the time: nearly all messages are such.
        plain = _BETWEEN_WORDS.sub(" ", text.lower().translate(_APOSTROPHES)).strip()
    else:
        plain = plain_words(text)
    return plain or text.strip()


def _name_twice(message: TrainingMessage, first: TrainingMessage) -> Fault:
    where = f"{first.file}, line {first.line}"
    if message.label == first.label:
        return Fault(message.file, message.line, f"the same message as in {where}", is_warning=True)
    told = f"the same message has the label {first.label} in {where}; a message has one label"
    return Fault(message.file, message.line, told)


def _walk(found: Findings, labels: frozenset[str]) -> Iterator[TrainingMessage]:
    """Each sound message; what is wrong is noted in `found`. No `labels`: any label will do."""
    for path in sorted((found.root / FOLDER).glob("*.yml")):
        file = f"{FOLDER}/{path.name}"
        value = found.read(file)
        if file not in found.documents:
            continue
        groups = value.get("nlu") if isinstance(value, dict) else None
        if not isinstance(groups, list):
            found.note(file, (), "there is no list called nlu in it")
            continue
        for key in sorted(map(str, value.keys() - KEYS)):
            found.note(file, (key,), f"unknown key {key}")
        for at, group in enumerate(groups):
            yield from _walk_group(found, labels, file, at, group)


def _walk_group(
    found: Findings, labels: frozenset[str], file: str, at: int, group: Any
) -> Iterator[TrainingMessage]:
    here = ("nlu", at)
    if not isinstance(group, dict) or not {"intent", "examples"} <= set(group):
        found.note(file, here, "a group has an intent and examples, and nothing else")
        return
    for key in sorted(map(str, set(group) - {"intent", "examples"})):
        found.note(file, (*here, key), f"unknown key {key}: a group has an intent and examples")
    intent, examples = group["intent"], group["examples"]
    document = found.documents[file]
    if not isinstance(intent, str) or not document.is_literal((*here, "examples")):
        found.note(file, (*here, "examples"), "the intent is a label, the examples a block of text after |")
        return
    label = "ask/" + intent.removeprefix("ask.") if intent.startswith("ask.") else intent
    if "/" in intent:
        told = f"write {intent.replace('/', '.')}: Rasa reads a slash otherwise"
        found.note(file, (*here, "intent"), told)
    elif labels and label not in labels:
        found.note(file, (*here, "intent"), f"there is no label {label}")
    # The text of a block begins on the line after its "|".
    first = document.find_line((*here, "examples")) + 1
    for number, line in enumerate(examples.splitlines(), start=first):
        if line.strip():
            message = _read_line(line, label, file, number)
            if isinstance(message, Fault):
                found.faults.append(message)
            else:
                yield message


def _read_line(line: str, label: str, file: str, number: int) -> TrainingMessage | Fault:
    if not re.match(r"-(\s|$)", line):
        return Fault(file, number, 'a message begins with "- "')
    written = line[1:].strip()
    text = _MARK.sub(r"\1", written)
    if not text.strip():
        return Fault(file, number, "an empty message")
    marks = _MARK.findall(written)
    unknown = {name for _, name in marks} - MARKED
    if unknown:
        return Fault(file, number, f"nothing is marked as {', '.join(sorted(unknown))}")
    if _HALF_A_MARK.search(text) or not all(words.strip() for words, _ in marks):
        return Fault(file, number, "a mark is [words](name), and brackets stand for nothing else")
    return TrainingMessage(text, label, file, number, tuple(words for words, _ in marks))
