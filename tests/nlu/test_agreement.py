"""Rasa's own `rasa test nlu` and `frontdoor evaluate` count the same messages alike, with the same model."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_server import NluAddress

from nlu.evaluate import Example, Judged, measure, read_examples
from nlu.interpreter import RasaInterpreter
from nlu.rasa_process import get_python, make_environment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
OF_EACH_LABEL = 2
OFF_BY = 0.005


def choose_examples() -> list[Example]:
    """The first messages of every label, about 300, without the labels that would be as good: Rasa knows of none."""
    chosen: dict[str, list[Example]] = {}
    for example in read_examples(ROOT / "tests/nlu/validation.jsonl"):
        of_label = chosen.setdefault(example.label, [])
        # Rasa takes marks out of what it reads in a file, and spaces around it.
        if len(of_label) < OF_EACH_LABEL and "[" not in example.text and "\n" not in example.text:
            of_label.append(Example(example.text.strip(), example.label))
    return [example for of_label in chosen.values() for example in of_label]


def write_as_rasas(examples: list[Example], path: Path) -> None:
    """Rasa's YAML, with labels as in the training files."""
    said: dict[str, list[str]] = {}
    for example in examples:
        said.setdefault(example.label.replace("ask/", "ask."), []).append(f"- {example.text}\n")
    groups = [{"intent": label, "examples": "".join(lines)} for label, lines in said.items()]
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": groups}, allow_unicode=True), encoding="utf-8")


def ask_rasa(examples: list[Example], model: Path, folder: Path) -> dict[str, Any]:
    """The report Rasa writes on the labels."""
    write_as_rasas(examples, folder / "messages.yml")
    command = [get_python(ROOT), "-m", "rasa", "test", "nlu", "--nlu", folder / "messages.yml"]
    command += ["--model", model, "--out", folder / "out", "--no-plot", "--no-errors"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=make_environment(ROOT, folder / "home"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    report: dict[str, Any] = json.loads((folder / "out/intent_report.json").read_text(encoding="utf-8"))
    return report


async def judge(examples: list[Example], server: NluAddress) -> list[Judged]:
    interpreter = RasaInterpreter(server, timeout_seconds=10)
    try:
        found = [await interpreter.understand(e.text) for e in examples]
    finally:
        await interpreter.aclose()
    assert None not in found
    return [Judged(e, f, is_danger=False) for e, f in zip(examples, found, strict=True) if f is not None]


def test_rasas_own_test_counts_as_evaluate_does(nlu_server: NluAddress, tmp_path: Path):
    examples = choose_examples()

    theirs = ask_rasa(examples, nlu_server.model, tmp_path)
    ours = measure(asyncio.run(judge(examples, nlu_server)))

    assert 250 <= len(examples) == theirs["weighted avg"]["support"]
    assert ours["accuracy"] == pytest.approx(theirs["accuracy"], abs=OFF_BY)
    recalls = {e.label: ours["labels"][e.label]["recall"] for e in examples}
    off = [x for x, recall in recalls.items() if recall != theirs[x.replace("ask/", "ask.")]["recall"]]
    # What holds no word at all our interpreter answers by itself, where Rasa asks the model.
    assert len(recalls) > 140 and len(off) <= 1
