"""What the trained model understands may not fall unnoticed: a little below what it held when it was last measured."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.safety import Safety
from flows.understanding import DANGER
from nlu.danger_table import DangerTable
from nlu.danger_training import table_path
from nlu.evaluate import Example, read_examples
from nlu.rasa_process import get_python, make_environment
from nlu.train import train

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not get_python(ROOT).exists(), reason="Rasa's environment .venv-nlu is not set up"),
]
# Where the model is away, by rules or the danger table: danger found; false alarms at most.
AWAY_FLOORS = {
    "validation": (0.94, 0.016),
    "held_out": (0.95, 0.013),
    "held_out_danger": (0.84, 0.045),
    "held_out_languages": (0.85, 0.012),
}
FILES = ("validation", "held_out", "held_out_danger")
# Right label, right label among three, danger found; false alarms at most. Trainings differ by 0.005.
FLOORS = {
    "validation": (0.908, 0.973, 0.965, 0.016),
    "held_out": (0.935, 0.983, 0.95, 0.012),
    "held_out_danger": (0.915, 0.983, 0.91, 0.06),
}


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[Example], list[Any], list[bool]]]:
    """For each file its messages, the likeliest labels of each, and whether it is taken for danger."""
    model = train(ROOT, ROOT / "models", say=lambda _: None)
    examples = {name: read_examples(ROOT / f"tests/nlu/{name}.jsonl") for name in FILES}
    done = subprocess.run(
        [get_python(ROOT), ROOT / "tests/nlu/label_probe.py", model],
        input=json.dumps([e.text for file in examples.values() for e in file]),
        env=make_environment(ROOT, tmp_path_factory.mktemp("home")),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    threshold = yaml.safe_load((ROOT / "config.yml").read_text())["understanding"]["danger"]
    safety = Safety.load(ROOT / "flows/danger.yml")
    rows = zip(said["labels"], said["danger"], strict=True)
    told = {}
    for name, file in examples.items():
        mine = [next(rows) for _ in file]
        alarm = [
            d >= threshold or safety.find_danger(e.text) is not None
            for e, (_, d) in zip(file, mine, strict=True)
        ]
        told[name] = (file, [labels for labels, _ in mine], alarm)
    return told


def measure(examples: list[Example], labels: list[list[str]], alarm: list[bool]) -> tuple[float, ...]:
    pairs = list(zip(examples, labels, alarm, strict=True))
    danger = [rang for e, _, rang in pairs if e.label in DANGER]
    harmless = [rang for e, _, rang in pairs if not e.right & DANGER]
    return (
        sum(found[0] in e.right for e, found, _ in pairs) / len(pairs),
        sum(bool(e.right & set(found)) for e, found, _ in pairs) / len(pairs),
        sum(danger) / len(danger),
        sum(harmless) / len(harmless),
    )


@pytest.mark.parametrize("name", FILES)
def test_no_figure_is_below_its_floor(read, name: str):
    *figures, false_alarms = measure(*read[name])
    *floors, most = FLOORS[name]

    assert all(figure >= floor for figure, floor in zip(figures, floors, strict=True)), figures
    assert false_alarms <= most


@pytest.fixture(scope="module")
def table() -> DangerTable:
    train(ROOT, ROOT / "models", say=lambda _: None)
    return DangerTable.load(table_path(ROOT, ROOT / "models"))


@pytest.mark.parametrize("name", AWAY_FLOORS)
def test_danger_is_found_with_the_model_away(table: DangerTable, name: str):
    safety = Safety.load(ROOT / "flows/danger.yml")
    examples = read_examples(ROOT / f"tests/nlu/{name}.jsonl")
    alarm = [
        safety.find_danger(e.text) is not None or table.find(safety.read_parts(e.text)) is not None
        for e in examples
    ]

    *_, found, false_alarms = measure(examples, [[""] for _ in examples], alarm)

    assert found >= AWAY_FLOORS[name][0]
    assert false_alarms <= AWAY_FLOORS[name][1]
