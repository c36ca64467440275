"""Where a server's main thread stands: parts by their place on the stack, and a real thread that is looked at."""

import json
import threading
import time
from pathlib import Path

import pytest

from bench.nlu.sampled import OTHER, OUTSIDE, find_part, name_place, sample, watch
from bench.nlu.served import read_profile
from bench.systems import BenchFailed

START = [
    ("/x/rasa/core/run.py", "serve_application"),
    ("/x/rasa/cli/run.py", "run"),
    ("/x/rasa/__main__.py", "main"),
]
GRAPH = [("/x/rasa/engine/graph.py", "__call__"), ("/x/rasa/core/processor.py", "parse_message")]


@pytest.mark.parametrize(
    ("stack", "part"),
    [
        (
            [("/x/onnxruntime/a.py", "run"), ("/w/nlu/components/embedding.py", "process"), *GRAPH],
            "embedding.py",
        ),
        ([("/x/rasa/nlu/tokenizers/tokenizer.py", "process"), *GRAPH], "tokenizer.py"),
        ([("/x/json/encoder.py", "encode"), *GRAPH], OTHER),
        ([("/x/sanic/server/runners.py", "serve")], OUTSIDE),
        ([], OUTSIDE),
    ],
    ids=["a component of ours", "one of Rasa's", "Rasa around them", "the server waits", "nothing"],
)
def test_moment_belongs_to_the_component_on_its_stack(stack: list[tuple[str, str]], part: str) -> None:
    assert find_part([*stack, *START]) == part


def test_place_is_shown_by_the_end_of_its_path() -> None:
    assert name_place(("/w/nlu/components/label_model.py", "rank")) == "components/label_model.py:rank"


def test_thread_is_sampled_while_the_file_is_there(tmp_path: Path) -> None:
    go = tmp_path / "go"
    go.touch()
    done = threading.Event()
    busy = threading.Thread(target=done.wait, args=(20,))
    busy.start()
    threading.Timer(0.3, go.unlink).start()
    begun = time.monotonic()
    found = sample(go, busy.ident or 0)
    done.set()
    busy.join()
    assert time.monotonic() - begun < 10
    assert found["parts"] == {OUTSIDE: found["samples"]}
    assert read_profile(found).parts == {OUTSIDE: 1.0}


def test_profile_is_written_when_the_file_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    main_thread = threading.main_thread().ident or 0
    threading.Thread(target=watch, args=(tmp_path, main_thread), daemon=True).start()
    time.sleep(0.3)
    (tmp_path / "go").unlink()
    give_up = time.monotonic() + 20
    while not (tmp_path / "profile.json").is_file():
        assert time.monotonic() < give_up
        time.sleep(0.02)
    assert json.loads((tmp_path / "profile.json").read_text())["samples"] > 0


@pytest.mark.parametrize("told", [{"samples": 0, "parts": {}, "places": {}}, {"parts": [], "places": {}}])
def test_profile_of_nothing_is_a_failure(told: dict[str, object]) -> None:
    with pytest.raises(BenchFailed):
        read_profile(told)
