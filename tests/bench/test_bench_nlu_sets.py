"""The readers of labelled messages: each usual form, small and made up, and what is wrong with bad ones."""

import json
from collections import Counter
from pathlib import Path

import pytest

from bench.nlu.sets import BadSet, load_validation, read_set, take_part, take_some
from nlu.evaluate import Example

ROOT = Path(__file__).resolve().parents[2]
TRAIN = [("my card is gone", "lost_card"), ("add money, please", "top_up")]
TEST = [("where is my card", "lost_card")]
CSV_TRAIN = 'text,category\nmy card is gone,lost_card\n"add money, please",top_up\n'
CSV_TEST = "text,category\nwhere is my card,lost_card\n"


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_text(content, encoding="utf-8")
    return folder


def as_lines(messages: list[tuple[str, str]], **more: str) -> str:
    return "".join(json.dumps({"text": text, "label": label, **more}) + "\n" for text, label in messages)


def test_folder_of_csv_is_read_as_banking77_is_published(tmp_path: Path) -> None:
    found = read_set(write(tmp_path / "banking77", train_csv=CSV_TRAIN, test_csv=CSV_TEST))
    assert found.name == "banking77"
    assert list(found.train) == TRAIN
    assert list(found.test) == TEST


def test_csv_may_begin_with_a_byte_order_mark_and_hold_line_breaks(tmp_path: Path) -> None:
    broken = '\ufefftext,category\n"my card\nis gone",lost_card\nadd money,top_up\n'
    found = read_set(write(tmp_path, train_csv=broken, test_csv=CSV_TEST))
    assert found.train[0] == ("my card\nis gone", "lost_card")


def test_json_is_read_as_clinc150_is_published(tmp_path: Path) -> None:
    held = {
        part: [list(message) for message in messages] for part, messages in (("train", TRAIN), ("test", TEST))
    }
    held |= {"val": [["never read", "top_up"]], "oos_train": [["what is love", "oos"]]}
    held |= {"oos_val": [], "oos_test": [["how tall is a giraffe", "oos"]]}
    file = tmp_path / "data_full.json"
    file.write_text(json.dumps(held), encoding="utf-8")
    for given in (file, tmp_path):
        found = read_set(given)
        assert list(found.train) == [*TRAIN, ("what is love", "oos")]
        assert list(found.test) == [*TEST, ("how tall is a giraffe", "oos")]


def test_out_of_scope_without_training_messages_is_not_judged(tmp_path: Path) -> None:
    file = tmp_path / "clinc.json"
    file.write_text(json.dumps({"train": TRAIN, "test": TEST, "oos_train": [], "oos_test": [["hm", "oos"]]}))
    assert list(read_set(file).test) == TEST


def test_json_lines_are_read_in_two_files_and_in_one(tmp_path: Path) -> None:
    two = write(tmp_path / "mine", train_jsonl=as_lines(TRAIN), test_jsonl=as_lines(TEST) + "\n")
    one = tmp_path / "mine.jsonl"
    others = as_lines([("never read", "top_up")], split="val")
    one.write_text(as_lines(TRAIN, split="train") + others + as_lines(TEST, split="test"))
    assert read_set(two) == read_set(one)
    assert list(read_set(one).train) == TRAIN


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"train_csv": CSV_TRAIN}, "holds neither train.csv and test.csv"),
        ({"train_csv": "words,sense\na,b\n", "test_csv": CSV_TEST}, r"train.csv, line 1: the columns are"),
        ({"train_csv": CSV_TRAIN + ",top_up\n", "test_csv": CSV_TEST}, r"train.csv, line 4: no text"),
        ({"train_csv": CSV_TRAIN + "hello\n", "test_csv": CSV_TEST}, r"train.csv, line 4: no label"),
        ({"train_csv": CSV_TRAIN, "test_csv": "text,category\n"}, "no messages in its test part"),
        ({"train_csv": CSV_TRAIN, "test_csv": "text,category\nhi,greet\n"}, "the train part lacks: greet"),
        ({"train_csv": CSV_TEST, "test_csv": CSV_TEST}, "one label only"),
        ({"train_jsonl": as_lines(TRAIN) + "{\n", "test_jsonl": "{}\n"}, r"train.jsonl, line 3: not JSON"),
        ({"train_jsonl": as_lines(TRAIN), "test_jsonl": '["a", "b"]\n'}, r"test.jsonl, line 1: not \{"),
        ({"train_jsonl": as_lines(TRAIN), "test_jsonl": '{"text": 3}\n'}, r"test.jsonl, line 1: no text"),
        ({"data_full_json": "{"}, "data_full.json: not JSON"),
        ({"data_full_json": '{"train": []}'}, "the lists train and test"),
        ({"data_full_json": '{"train": [["a"]], "test": []}'}, "train, message 1: not"),
    ],
)
def test_bad_folder_is_named_with_its_fault(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(BadSet, match=said):
        read_set(write(tmp_path / "set", **files))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("set.jsonl", as_lines(TRAIN), r'line 1: no "split"'),
        ("set.txt", "hello", "neither a folder nor"),
        ("set.json", "\udcff", "cannot be read as text"),
        ("missing.json", None, "cannot be read as text"),
    ],
)
def test_bad_file_is_named_with_its_fault(tmp_path: Path, name: str, content: str | None, said: str) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadSet, match=said):
        read_set(file)


def test_part_of_the_training_messages_is_fair_and_always_the_same() -> None:
    messages = [(f"message {at}", "often" if at % 10 else "seldom") for at in range(100)]
    part = take_part(messages, 20)
    assert Counter(label for _, label in part) == {"often": 20, "seldom": 10}
    assert part == take_part(messages, 20)
    assert part == [message for message in messages if message in set(part)]
    assert take_part(messages, 200) == messages


def test_some_of_the_validation_messages_are_always_the_same() -> None:
    examples = [Example(f"message {at}", "greet") for at in range(50)]
    assert len(take_some(examples, 10)) == 10
    assert take_some(examples, 10) == take_some(examples, 10)
    assert take_some(examples, 99) == examples


def test_validation_is_read_whole_or_else_in_its_parts(tmp_path: Path) -> None:
    folder = tmp_path / "tests/nlu"
    folder.mkdir(parents=True)
    (tmp_path / "nlu").mkdir()
    (tmp_path / "nlu/labels.yml").write_text("talking: [greet, thanks]\n")
    with pytest.raises(BadSet, match="no validation"):
        load_validation(tmp_path)
    (folder / "validation_a.jsonl").write_text(as_lines([("hi", "greet")]))
    (folder / "validation_b.jsonl").write_text(as_lines([("ta", "thanks")]))
    assert [example.text for example in load_validation(tmp_path)] == ["hi", "ta"]
    (folder / "validation.jsonl").write_text(as_lines([("hello", "greet")]))
    assert [example.text for example in load_validation(tmp_path)] == ["hello"]


def test_our_own_validation_messages_can_be_read() -> None:
    assert len(load_validation(ROOT)) >= 1_200
