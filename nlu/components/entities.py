"""The Rasa component that marks what a report carries; the rules themselves are in spans.py.

No `from __future__ import annotations` here: Rasa reads the annotations of these methods when it builds
its graph, and wants these very argument names.
"""

from pathlib import Path
from typing import Any, Dict, List  # noqa: UP035 - Rasa 3.6 compares with these

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.spans import Lexicon, Span, find_spans, load_lexicon

# What the trained extractor before this one is asked for; all else is found by rule alone.
TRAINED = ("place", "seen_at")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class RuleEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Marks counts, postcodes, references, land, impact, times and places; reconciles them with the trained ones."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:  # noqa: UP006
        """lexicon: file beside this one. places, districts: the county's files, left out where absent."""
        return {
            "lexicon": "nlu/components/lexicon.yml",
            "places": "county/places.yml",
            "districts": "county/districts.yml",
        }

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        """Built at training and at the start of the server; files are read from the working folder."""
        return cls(
            load_lexicon(
                Path(config["lexicon"]),
                place_names=_read_place_names(Path(config["places"])),
                outward_codes=_read_outward_codes(Path(config["districts"])),
            )
        )

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def process(self, messages: List[Message]) -> List[Message]:  # noqa: UP006
        """Replace each message's entities by the reconciled ones."""
        for message in messages:
            text = message.get(TEXT)
            if not text:
                continue
            trained = [
                Span(e["entity"], e["start"], e["end"], None)
                for e in message.get(ENTITIES, [])
                if e.get("entity") in TRAINED and isinstance(e.get("start"), int)
            ]
            spans = reconcile(trained, find_spans(text, self._lexicon), text)
            message.set(ENTITIES, [self._as_entity(span, text) for span in spans], add_to_output=True)
        return messages

    def _as_entity(self, span: Span, text: str) -> Dict[str, Any]:  # noqa: UP006
        # `value` is None for words that are resolved later; Rasa's own evaluation wants the key to be there.
        return {
            "entity": span.name,
            "start": span.start,
            "end": span.end,
            "value": span.value,
            "text": text[span.start : span.end],
            "extractor": type(self).__name__,
        }


def reconcile(trained: List[Span], ruled: List[Span], text: str) -> List[Span]:  # noqa: UP006
    """The rules' entities; of places and times the trained extractor's only where the rules found none.

    Measured on the second half of tests/nlu/entities.jsonl the rules alone are right on 96 % of the words of
    places and times, so a trained extractor before this component is a help, not a need: there may be none.
    """
    kept = list(ruled)
    for name in TRAINED:
        theirs = _joined([s for s in trained if s.name == name], text)
        if theirs and not any(s.name == name for s in ruled):
            kept.append(max(theirs, key=lambda s: s.end - s.start))
    return sorted(kept, key=lambda s: (s.start, s.end, s.name))


def _joined(spans: List[Span], text: str) -> List[Span]:  # noqa: UP006
    """Neighbouring pieces as one: a trained extractor often drops the little word in the middle of a place."""
    joined: List[Span] = []  # noqa: UP006
    for span in sorted(spans, key=lambda s: s.start):
        if joined and span.start - joined[-1].end <= 6 and "." not in text[joined[-1].end : span.start]:
            span = Span(span.name, joined.pop().start, span.end)
        joined.append(span)
    return joined


def _read_place_names(path: Path) -> List[str]:  # noqa: UP006
    """Names and other names of the gazetteer; none where the file is not there."""
    if not path.is_file():
        return []
    names = []
    for place in yaml.safe_load(path.read_text(encoding="utf-8")).get("places", []):
        names += [str(place["name"]).split(" (")[0], *map(str, place.get("also") or [])]
    return names


def _read_outward_codes(path: Path) -> List[str]:  # noqa: UP006
    """Outward codes the county's file lists; none where the file is not there."""
    if not path.is_file():
        return []
    listed = yaml.safe_load(path.read_text(encoding="utf-8")).get("outward_codes") or []
    return [str(item["code"] if isinstance(item, dict) else item) for item in listed]
