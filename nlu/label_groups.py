"""Which group a label belongs to: 145 labels are too many for one picture, and most mistakes are among neighbours."""

from collections import Counter
from pathlib import Path

from nlu.training_files import read_labels, read_training

ASK = "ask_"
OTHERS = "others"


def read_groups(root: Path) -> dict[str, str]:
    """The group of every label, in the order of nlu/labels.yml.

    An ask is grouped as its training messages are: ask/bicycle_theft lies in nlu/data/ask_bikes.yml and is of
    "ask bikes". Every other label is of the first file that holds most of its messages: "talking", "doing".
    """
    files: dict[str, Counter[str]] = {}
    for message in read_training(root):
        files.setdefault(message.label, Counter())[Path(message.file).stem] += 1
    return {label: _choose(label, files.get(label, Counter())) for label in read_labels(root)}


def _choose(label: str, files: Counter[str]) -> str:
    if label.startswith("ask/"):
        # Files across all subjects, like the near-danger messages, are nobody's group.
        files = Counter({file: count for file, count in files.items() if file.startswith(ASK)})
    return files.most_common(1)[0][0].replace("_", " ") if files else OTHERS
