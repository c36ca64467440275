"""Themes of free answers, found on this machine by a process of Rasa's environment (nlu/themes.py).

What comes back is a proposal: people's codes (coding.py) win over it.
"""

import json
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from nlu.rasa_process import get_python, make_environment

TIMEOUT_SECONDS = 600
# Called with a step ("reading", "grouping"), how much of it is done, and of how much.
Say = Callable[[str, int, int], None]


class ThemesFailed(Exception):
    """No themes could be found; the text says why and what to do."""


@dataclass(frozen=True)
class Member:
    """An answer of a theme: how many of its parts are of it, and how near the nearest comes (1 is the middle)."""

    answer: str
    parts: int
    closeness: float


@dataclass(frozen=True)
class Theme:
    """`words` tell it from the other themes, `examples` are ids of answers nearest its middle, `members` the nearest
    first. `centre` is what a later run knows it again by."""

    id: str
    words: tuple[str, ...]
    examples: tuple[str, ...]
    members: tuple[Member, ...]
    centre: tuple[float, ...]

    @property
    def size(self) -> int:
        return len(self.members)


@dataclass(frozen=True)
class Themes:
    """The largest theme first; `rest` are ids of answers of no theme."""

    themes: tuple[Theme, ...]
    rest: tuple[str, ...]

    def find_main_theme(self) -> dict[str, str]:
        """For each answer that has any: the theme most of its parts are of, the nearest where two have as many."""
        best: dict[str, tuple[int, float, str]] = {}
        for theme in self.themes:
            for member in theme.members:
                told = (member.parts, member.closeness, theme.id)
                best[member.answer] = max(best.get(member.answer, told), told)
        return {answer: theme for answer, (_, _, theme) in best.items()}

    def list_by_answer(self) -> dict[str, tuple[str, ...]]:
        """All themes of each answer that has any, as coding.find_codes takes them."""
        found: dict[str, list[str]] = {}
        for theme in self.themes:
            for member in theme.members:
                found.setdefault(member.answer, []).append(theme.id)
        return {answer: tuple(themes) for answer, themes in found.items()}

    def to_json(self) -> str:
        """For keeping, and for `before` of a later run."""
        return json.dumps(
            {
                "themes": [
                    {
                        "id": theme.id,
                        "label": theme.words,
                        "size": theme.size,
                        "examples": theme.examples,
                        "members": [
                            {"id": m.answer, "parts": m.parts, "closeness": m.closeness}
                            for m in theme.members
                        ],
                        "centre": theme.centre,
                    }
                    for theme in self.themes
                ],
                "rest": self.rest,
            }
        )


def parse_themes(text: str) -> Themes:
    """What nlu/themes.py or `Themes.to_json` wrote. Raises ThemesFailed."""
    try:
        read = json.loads(text)
        return Themes(tuple(_parse_theme(theme) for theme in read["themes"]), tuple(map(str, read["rest"])))
    except (ValueError, KeyError, TypeError) as error:
        raise ThemesFailed("What was found could not be read; find the themes again.") from error


def _parse_theme(read: Mapping[str, Any]) -> Theme:
    return Theme(
        str(read["id"]),
        tuple(map(str, read["label"])),
        tuple(map(str, read["examples"])),
        tuple(Member(str(m["id"]), int(m["parts"]), float(m["closeness"])) for m in read["members"]),
        tuple(map(float, read["centre"])),
    )


def find_themes(
    root: Path,
    answers: Iterable[tuple[str, str]],
    *,
    before: Themes | None = None,
    say: Say = lambda step, done, of: None,
    timeout_seconds: int = TIMEOUT_SECONDS,
) -> Themes:
    """Themes of answers, given as (id, masked text). root: the project's folder. Themes of `before` keep their ids.

    The texts go to the process by its standard input and are written to no file. Raises ThemesFailed.
    """
    python = get_python(root)
    if not python.is_file():
        raise ThemesFailed("Rasa's environment .venv-nlu is missing: `make run` sets it up.")
    lines = "".join(f"{json.dumps({'id': id, 'text': text})}\n" for id, text in answers)
    with tempfile.TemporaryDirectory(prefix="frontdoor-themes-") as scratch:
        # The child ends itself should we be killed and not see to it.
        command = [str(python), "-m", "nlu.themes", "--seconds", str(timeout_seconds + 30)]
        if before is not None:
            kept = Path(scratch) / "before.json"
            known = [{"id": theme.id, "centre": theme.centre} for theme in before.themes]
            kept.write_text(json.dumps({"themes": known}), encoding="utf-8")
            command += ["--before", str(kept)]
        environment = make_environment(root, Path(scratch) / "home")
        return parse_themes(_run(command, root, environment, lines, say, timeout_seconds))


def _run(
    command: list[str], root: Path, environment: dict[str, str], lines: str, say: Say, timeout_seconds: int
) -> str:
    with subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as child:
        if child.stdin is None or child.stdout is None or child.stderr is None:
            raise ThemesFailed("The process that finds themes has no way to talk; try again.")
        written: list[str] = []
        failed: list[str] = []
        threads = [
            threading.Thread(target=_write, args=(child.stdin, lines), daemon=True),
            threading.Thread(
                target=lambda out: written.append(out.read()), args=(child.stdout,), daemon=True
            ),
            threading.Thread(target=_listen, args=(child.stderr, say, failed), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            code = child.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            raise ThemesFailed(
                f"Finding themes took longer than {timeout_seconds} s and was stopped. "
                "Try again when the machine is less busy, or with a longer time."
            ) from None
        finally:
            child.kill()
            for thread in threads:
                thread.join()
    if code != 0:
        # The last line of a traceback names the fault; the lines before may hold words of an answer.
        raise ThemesFailed(f"Finding themes failed ({failed[-1] if failed else f'ended with {code}'}).")
    return written[0]


def _write(stdin: TextIO, lines: str) -> None:
    try:
        stdin.write(lines)
        stdin.close()
    except OSError:
        pass  # it has ended: its exit code tells


def _listen(stderr: TextIO, say: Say, failed: list[str]) -> None:
    """Steps to `say`; of all else the kind of fault, never its words."""
    for step in _read_steps(stderr, failed):
        say(str(step["step"]), int(step["done"]), int(step["of"]))


def _read_steps(stderr: TextIO, failed: list[str]) -> Iterator[dict[str, Any]]:
    for line in stderr:
        if line.startswith('{"step"'):
            yield json.loads(line)
        elif ": " in line and line[0].isalpha():
            failed.append(line.partition(": ")[0].strip())
