"""Labelled messages: our own, a fair part of them, and public intent sets from files the user has.

Nothing is downloaded. The usual forms are read as their authors publish them: BANKING77 as two CSV files
(github.com/PolyAI-LDN/task-specific-datasets), CLINC150 as one JSON file (github.com/clinc/oos-eval), others as
JSON Lines.
"""

import csv
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.evaluate import Example, read_examples
from nlu.training_files import read_labels, read_training

VALIDATION = Path("tests", "nlu")
SEED = 20_26
LABEL_COLUMNS = ("category", "label", "intent")
PARTS = ("train", "test")

Labelled = tuple[str, str]


class BadSet(Exception):
    """A set cannot be used; the text names the file, the line where there is one, and the fault."""


@dataclass(frozen=True)
class IntentSet:
    """A set with its two parts, each message as (text, label)."""

    name: str
    train: tuple[Labelled, ...]
    test: tuple[Labelled, ...]


def load_training(root: Path) -> list[Labelled]:
    """Our training messages, asks as ask/<topic>."""
    return [(message.text, message.label) for message in read_training(root)]


def load_validation(root: Path) -> list[Example]:
    """Our validation messages, from validation.jsonl or, where it is in parts, from validation_*.jsonl.

    Raises BadSet, nlu.evaluate.BadFile.
    """
    folder = root / VALIDATION
    whole = folder / "validation.jsonl"
    files = [whole] if whole.is_file() else sorted(folder.glob("validation_*.jsonl"))
    if not files:
        raise BadSet(f"There is no validation.jsonl in {VALIDATION}.")
    known = read_labels(root)
    return [example for file in files for example in read_examples(file, known)]


def take_part(messages: Sequence[Labelled], a_label: int) -> list[Labelled]:
    """At most `a_label` messages of every label, drawn by a fixed seed, in the order they stand in."""
    by_label: dict[str, list[int]] = {}
    for at, (_, label) in enumerate(messages):
        by_label.setdefault(label, []).append(at)
    draw = random.Random(SEED)
    taken = [at for rows in by_label.values() for at in draw.sample(rows, min(a_label, len(rows)))]
    return [messages[at] for at in sorted(taken)]


def take_some(examples: Sequence[Example], most: int) -> list[Example]:
    """At most `most` of them, drawn by a fixed seed, in the order they stand in."""
    rows = random.Random(SEED).sample(range(len(examples)), min(most, len(examples)))
    return [examples[at] for at in sorted(rows)]


def read_set(path: Path) -> IntentSet:
    """A public set: a folder with train.csv and test.csv, or train.jsonl and test.jsonl, or data_full.json; or a file.

        text,category                                            {"text": "my card is lost", "label": "lost_card"}
        my card is lost,lost_card

        {"train": [["book a table", "restaurant"]], "val": [], "test": [...], "oos_train": [...], "oos_test": [...]}

    A single JSON Lines file says for each message in which part it is: {"text", "label", "split": "train" or "test"}.
    Raises BadSet.
    """
    found = _read_parts(path)
    for part in PARTS:
        if not found[part]:
            raise BadSet(f"{path}: there are no messages in its {part} part.")
    known = {label for _, label in found["train"]}
    if len(known) < 2:
        raise BadSet(f"{path}: the train part has one label only.")
    strange = sorted({label for _, label in found["test"]} - known)
    if strange:
        raise BadSet(f"{path}: labels of the test part that the train part lacks: {', '.join(strange[:5])}.")
    return IntentSet(path.stem, tuple(found["train"]), tuple(found["test"]))


def _read_parts(path: Path) -> dict[str, list[Labelled]]:
    if path.is_dir():
        for ending, read in ((".csv", _read_csv), (".jsonl", _read_lines)):
            files = [path / f"{part}{ending}" for part in PARTS]
            if all(file.is_file() for file in files):
                return {part: list(read(file)) for part, file in zip(PARTS, files, strict=True)}
        path = path / "data_full.json"
        if not path.is_file():
            raise BadSet(
                f"{path.parent} holds neither train.csv and test.csv, nor train.jsonl and test.jsonl, "
                "nor data_full.json."
            )
    if path.suffix == ".jsonl":
        return _read_split_lines(path)
    if path.suffix == ".json":
        return _read_clinc(path)
    raise BadSet(f"{path} is neither a folder nor a .json or .jsonl file.")


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSet(f"{path} cannot be read as text ({type(error).__name__}).") from error


def _read_csv(path: Path) -> Iterator[Labelled]:
    rows = csv.DictReader(_read_text(path).splitlines(keepends=True))
    columns = rows.fieldnames or ()
    label = next((name for name in LABEL_COLUMNS if name in columns), None)
    if "text" not in columns or label is None:
        raise BadSet(f"{path}, line 1: the columns are text and category.")
    try:
        for row in rows:
            yield _check(row["text"], row[label], f"{path}, line {rows.line_num}")
    except csv.Error as error:
        raise BadSet(f"{path}, line {rows.line_num}: not CSV ({error}).") from error


def _read_lines(path: Path) -> Iterator[Labelled]:
    for where, row in _read_rows(path):
        yield _check(row.get("text"), row.get("label"), where)


def _read_split_lines(path: Path) -> dict[str, list[Labelled]]:
    found: dict[str, list[Labelled]] = {part: [] for part in PARTS}
    for where, row in _read_rows(path):
        message = _check(row.get("text"), row.get("label"), where)
        if not isinstance(row.get("split"), str):
            raise BadSet(f'{where}: no "split", which is train or test.')
        # Other parts ("val") are for those who tune; nothing is tuned here.
        found.get(row["split"], []).append(message)
    return found


def _read_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    # Not splitlines(): a message may hold a line separator that JSON leaves as it is.
    for number, line in enumerate(_read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadSet(f"{where}: not JSON.") from error
        if not isinstance(row, dict):
            raise BadSet(f'{where}: not {{"text", "label"}}.')
        yield where, row


def _read_clinc(path: Path) -> dict[str, list[Labelled]]:
    try:
        held = json.loads(_read_text(path))
    except ValueError as error:
        raise BadSet(f"{path}: not JSON ({error}).") from error
    if not isinstance(held, dict) or not all(isinstance(held.get(part), list) for part in PARTS):
        raise BadSet(f"{path}: an object with the lists train and test is wanted.")
    found = {part: list(_read_pairs(held[part], f"{path}, {part}")) for part in PARTS}
    # What no label covers is a label here; without examples to learn it from it is left out of the test, too.
    if held.get("oos_train"):
        for part in PARTS:
            found[part] += _read_pairs(held.get(f"oos_{part}", []), f"{path}, oos_{part}")
    return found


def _read_pairs(pairs: Iterable[Any], where: str) -> Iterator[Labelled]:
    for number, pair in enumerate(pairs, start=1):
        if not isinstance(pair, list) or len(pair) != 2:
            raise BadSet(f"{where}, message {number}: not [text, label].")
        yield _check(pair[0], pair[1], f"{where}, message {number}")


def _check(text: Any, label: Any, where: str) -> Labelled:
    if not isinstance(text, str) or not text.strip():
        raise BadSet(f"{where}: no text.")
    if not isinstance(label, str) or not label.strip():
        raise BadSet(f"{where}: no label.")
    return text.strip(), label.strip()
