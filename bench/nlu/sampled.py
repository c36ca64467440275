"""Starts Rasa in a process whose main thread can be looked at: what it was doing, sample by sample.

    python -m bench.nlu.sampled FOLDER run --enable-api ...

Runs in Rasa's environment, standard library only. While FOLDER holds `go` and not yet `profile.json`, a thread notes
every few milliseconds where the main thread stands (Rasa answers all messages on that one). When `go` is taken
away it writes profile.json: {"samples", "parts": {part: samples}, "places": {file:function: samples}}.
"""

import json
import runpy
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

EVERY_SECONDS = 0.002
LOOK_SECONDS = 0.05
PLACES_KEPT = 30
OTHER = "Rasa around it"
OUTSIDE = "server and network"

Place = tuple[str, str]


def find_part(stack: list[Place]) -> str:
    """Which part a moment belongs to; the stack is (file, function) from the innermost call outwards.

    A component of the pipeline is named by its file, e.g. "embedding.py".
    """
    for file, function in reversed(stack):
        if function == "process" and ("/nlu/components/" in file or "/rasa/nlu/" in file):
            return file.rpartition("/")[2]
    return OTHER if any("/rasa/" in file for file, _ in stack if not _is_start(file)) else OUTSIDE


def _is_start(file: str) -> bool:
    """Whether a file is on every stack, because Rasa's command began there."""
    return (
        file.endswith(("/rasa/__main__.py", "/rasa/core/run.py"))
        or "/rasa/cli/" in file
        or "/rasa/api" in file
    )


def name_place(place: Place) -> str:
    """A place as it is shown: the last two steps of its path, and the function."""
    file, function = place
    return f"{'/'.join(file.split('/')[-2:])}:{function}"


def watch(folder: Path, main_thread: int) -> None:
    """Waits for `go`, samples until it is taken away, writes the profile, and waits again."""
    while True:
        time.sleep(LOOK_SECONDS)
        if (folder / "go").exists():
            profile = sample(folder / "go", main_thread)
            unready = folder / "profile.part"
            unready.write_text(json.dumps(profile), encoding="utf-8")
            unready.rename(folder / "profile.json")


def sample(go: Path, main_thread: int) -> dict[str, object]:
    """Samples the main thread for as long as the file is there."""
    parts: Counter[str] = Counter()
    places: Counter[str] = Counter()
    switch = sys.getswitchinterval()
    # The sampler has to get a word in: by default a busy thread gives way every 5 ms only.
    sys.setswitchinterval(EVERY_SECONDS / 4)
    look_again = time.monotonic() + LOOK_SECONDS
    while time.monotonic() < look_again or go.exists():
        if time.monotonic() >= look_again:
            look_again = time.monotonic() + LOOK_SECONDS
        time.sleep(EVERY_SECONDS)
        stack = list(_walk(sys._current_frames().get(main_thread)))
        if stack:
            part = find_part(stack)
            parts[part] += 1
            if part != OUTSIDE:
                places[name_place(stack[0])] += 1
    sys.setswitchinterval(switch)
    return {
        "samples": sum(parts.values()),
        "parts": dict(parts.most_common()),
        "places": dict(places.most_common(PLACES_KEPT)),
    }


def _walk(frame: FrameType | None) -> Iterator[Place]:
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_code.co_name
        frame = frame.f_back


def main() -> None:
    folder = Path(sys.argv[1])
    main_thread = threading.main_thread().ident or 0
    threading.Thread(target=watch, args=(folder, main_thread), name="sampler", daemon=True).start()
    sys.argv = ["rasa", *sys.argv[2:]]
    runpy.run_module("rasa", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
