"""Makes the danger table beside the language model when, and only when, something it is made from has changed."""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flows.safety import Safety
from flows.yaml_lines import Unreadable, read_yaml
from nlu.danger_table import KINDS
from nlu.fingerprints import digest, read_sources
from nlu.rasa_process import get_python, make_environment
from nlu.training_files import FOLDER, read_training

TABLES_KEPT = 3
RULES = "flows/danger.yml"
ANSWER = "answer"  # no label of a message, but all else than danger
MADE_BY = ("flows/safety.py", "nlu/danger_table.py", "nlu/danger_fit.py")


def table_path(root: Path, models: Path) -> Path:
    """Where the table for the present sources belongs, whether it is there or not."""
    parts = read_sources(root, [*(root / FOLDER).glob("*.yml"), *(root / name for name in MADE_BY)])
    slang = read_yaml(root / RULES).get("slang") if (root / RULES).is_file() else None
    parts["slang"] = json.dumps(slang, sort_keys=True).encode()
    return models / f"danger-{digest(parts)[:12]}.json"


def find_table(root: Path, models: Path) -> Path | None:
    """The table for the present sources; else the newest older one; None where there is none."""
    wanted = table_path(root, models)
    return wanted if wanted.is_file() else next(iter(_by_age(models)), None)


def train_table(root: Path, models: Path, *, say: Callable[[str], None]) -> None:
    """Make the table if needed; `say` is given a line for the person waiting.

    Where it cannot be made that is said and no more: the model is trained all the same, and the rules stand alone.
    """
    wanted = table_path(root, models)
    if wanted.is_file() or not (root / RULES).is_file() or not get_python(root).is_file():
        return
    started = time.monotonic()
    try:
        told = _read_messages(root)
    except Unreadable as error:
        say(f"Danger table: not made ({error}).")
        return
    if not {*KINDS} <= {*told["labels"]}:
        say("Danger table: not made, for there are no training messages of danger.")
        return
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=models) as scratch:
        made = Path(scratch) / wanted.name
        done = subprocess.run(
            [str(get_python(root)), "-m", "nlu.danger_fit", str(made)],
            cwd=root,
            env=make_environment(root, Path(scratch) / "home"),
            input=json.dumps(told),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not made.is_file():
            say(
                f"Danger table: not made ({(done.stderr.strip() or 'no reason given').splitlines()[-1][:200]})."
            )
            return
        made.replace(wanted)
    say(f"Danger table {wanted.name}: ready after {time.monotonic() - started:.0f} s.")
    for old in _by_age(models)[TABLES_KEPT:]:
        old.unlink(missing_ok=True)


def _read_messages(root: Path) -> dict[str, list[str]]:
    """Every training message as the rules read it, and its label.

    The places and times marked in harmless ones are messages too: that is how the questions of a form are answered.
    """
    safety = Safety.load(root / RULES)
    written = [(message.text, message.label, message.marked) for message in read_training(root)]
    answers = {words for _, label, marked in written if label not in KINDS for words in marked}
    told = [*((text, label) for text, label, _ in written), *((words, ANSWER) for words in sorted(answers))]
    plain = [" ".join(safety.read_parts(text)) for text, _ in told]
    return {"messages": plain, "labels": [label for _, label in told]}


def _by_age(models: Path) -> list[Path]:
    """Our tables, the newest first."""
    return sorted(models.glob("danger-*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
