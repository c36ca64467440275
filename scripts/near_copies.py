"""Training messages that are near-copies of messages kept for judging: they would make the figures too good.

    .venv/bin/python scripts/near_copies.py tests/nlu/validation.jsonl [more.jsonl ...]

A near-copy has the same words (capitals, accents and punctuation apart) or a sentence vector whose cosine is above
LIMIT. Two exceptions to the cosine: a word or two that everybody says ("yeah" and "yep"), and messages in signs or in
letters the encoder does not know, all of which are alike to it (Gurmukhi, Cyrillic, emoji): those must share nearly
all pieces of their words as well.

The vectors are made in Rasa's environment, where the encoder lives: this script starts itself there once,
with the texts on its standard input. Ends with 1 where it found any.
"""

import argparse
import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
LIMIT = 0.95
SHARED_PIECES = 0.9
SOCIAL_WORDS = 2
AT_ONCE = 500
CORES = 2


@dataclass(frozen=True)
class NearCopy:
    """A training message, where it stands, and the judging message it is too near to; same words count as 1."""

    file: str
    line: int
    label: str
    text: str
    judging: str
    judging_label: str
    cosine: float


def find_near_copies(files: Sequence[Path], *, candidates: int = 0, root: Path = ROOT) -> list[NearCopy]:
    """All near-copies in nlu/data of the messages in `files` (JSON Lines with text and label).

    candidates: compare each with so many training messages only, those that share the most words and pieces of
    words with it (0: with all).
    """
    from flows.yaml_lines import read_document
    from nlu.evaluate import read_examples
    from nlu.rasa_process import get_python, make_environment
    from nlu.training_files import LABELS_FILE, read_training

    social = read_document(root / LABELS_FILE).value["talking"]
    training = read_training(root)
    judging = [example for file in files for example in read_examples(file)]
    told = {
        "training": [m.text for m in training],
        "judging": [e.text for e in judging],
        "candidates": candidates,
    }
    done = subprocess.run(
        [get_python(root), __file__, "--compare"],
        input=json.dumps(told),
        env=make_environment(root, root / ".rasa/home"),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    pairs = {
        (row, column): cosine
        for row, column, cosine in json.loads(done.stdout)
        if training[row].label not in social or len(training[row].text.split()) > SOCIAL_WORDS
    }
    pairs |= dict.fromkeys(_find_same_words([m.text for m in training], [e.text for e in judging]), 1.0)
    return [
        NearCopy(m.file, m.line, m.label, m.text, e.text, e.label, round(cosine, 3))
        for (row, column), cosine in sorted(pairs.items())
        for m, e in [(training[row], judging[column])]
    ]


def _find_same_words(training: Sequence[str], judging: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs (training message, judging message) by their numbers."""
    from nlu.training_files import get_key

    held: dict[str, list[int]] = {}
    for column, text in enumerate(judging):
        held.setdefault(get_key(text), []).append(column)
    for row, text in enumerate(training):
        for column in held.get(get_key(text), []):
            yield row, column


def compare() -> None:
    """In Rasa's environment: {"training", "judging", "candidates"} in, [[training, judging, cosine], ...] out."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    from nlu.components.encoder import Encoder

    told: dict[str, Any] = json.load(sys.stdin)
    training, judging = told["training"], told["judging"]
    reader = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), strip_accents="unicode", sublinear_tf=True, dtype=np.float32
    )
    known, wanted = reader.fit_transform(training), reader.transform(judging)
    rows = _choose(known, wanted, told["candidates"]) if told["candidates"] else np.arange(len(training))
    encoder = Encoder()
    vectors = _encode(encoder, judging)
    pairs = []
    # A part at a time: all cosines at once would be hundreds of megabytes.
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        cosines = _encode(encoder, [training[row] for row in some]) @ vectors.T
        for at, column in zip(*np.nonzero(cosines > LIMIT), strict=True):
            row = int(some[at])
            if (is_latin(training[row]) and is_latin(judging[column])) or (
                known[row].multiply(wanted[column]).sum() > SHARED_PIECES
            ):
                pairs.append((row, int(column), float(cosines[at, column])))
    json.dump(sorted(pairs), sys.stdout)


def _encode(encoder: Any, texts: Sequence[str]) -> Any:
    """The vectors as the service makes them, one text at a time: beside others they differ in the third decimal."""
    import numpy as np

    with ThreadPoolExecutor(CORES) as pool:
        return np.concatenate(list(pool.map(lambda text: encoder.encode([text]), texts)))


def _choose(known: Any, wanted: Any, candidates: int) -> Any:
    """The training messages that are among the `candidates` likest of any judging message, by pieces of words.

    Sentences whose vectors are that near share most of their words: of 244 near-copies that were once found, 239 are
    among the 3 likeliest, all among 6.
    """
    import numpy as np

    chosen: set[int] = set()
    turned = known.T.tocsr()
    for start in range(0, wanted.shape[0], AT_ONCE):
        likeness = (wanted[start : start + AT_ONCE] @ turned).toarray()
        chosen.update(np.argpartition(-likeness, candidates, axis=1)[:, :candidates].ravel().tolist())
    return np.array(sorted(chosen))


def is_latin(text: str) -> bool:
    """Whether it is written in Latin letters and figures, by more than half."""
    written = [c for c in text if c.isalnum()]
    known = sum(c.isdigit() or "LATIN" in unicodedata.name(c, "") for c in written)
    return known * 2 > len(written)


def main() -> None:
    """Prints one line a pair, in the order of the training files."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("files", nargs="+", type=Path, help="messages kept for judging, JSON Lines")
    asked.add_argument("--json", action="store_true", help="one JSON object a pair")
    asked.add_argument(
        "--candidates", type=int, default=0, help="quicker: compare with so many likely ones each"
    )
    options = asked.parse_args()
    found = find_near_copies(options.files, candidates=options.candidates)
    for pair in found:
        if options.json:
            print(json.dumps(vars(pair), ensure_ascii=False))
        else:
            print(f"{pair.file}:{pair.line}: {pair.cosine:.3f} {pair.label}: {pair.text}")
            print(f"    like {pair.judging_label}: {pair.judging}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    compare() if sys.argv[1:] == ["--compare"] else main()
