"""A small project folder in which real Rasa trains and serves under the guard, in seconds."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CONFIG = """
recipe: default.v1
assistant_id: small
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: nlu.components.embedding.SentenceEmbedder
  - name: nlu.components.classifier.LabelClassifier
  - name: nlu.components.entities.RuleEntityExtractor
web_chat: {idle_days: 7}
"""

DATA = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hiya there
    - good morning
- intent: report_encampment
  examples: |
    - caravans on the rec
    - travellers in the field
    - six caravans parked up
- intent: ask.bike_locks
  examples: |
    - which bike lock is best
    - how do i lock my bike
    - bike lock advice
"""


def make_project(folder: Path) -> Path:
    """Our Rasa parts with a little data, and the guard where Python finds it; `folder` itself."""
    (folder / "nlu/data").mkdir(parents=True)
    (folder / "config.yml").write_text(CONFIG)
    (folder / "nlu/data/small.yml").write_text(DATA)
    shutil.copytree(ROOT / "nlu/components", folder / "nlu/components")
    for name in (
        "nlu/__init__.py",
        "nlu/child.py",
        "flows/__init__.py",
        "flows/numbers.py",
        "flows/postcodes.py",
        "flows/references.py",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv-nlu").symlink_to(ROOT / ".venv-nlu")
    shutil.copy(Path(__file__).with_name("guard") / "sitecustomize.py", folder)
    return folder


def read_calls(folder: Path) -> list[str]:
    """What the guard wrote, without its own first lines; fails where no process was guarded."""
    lines = [line.split(" ", 1)[1] for line in (folder / "calls.log").read_text().splitlines()]
    assert any(line.startswith("guarded") for line in lines), "the guard was not loaded"
    return [line for line in lines if not line.startswith("guarded")]
