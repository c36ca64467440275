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


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class RuleEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Marks counts, postcodes, references, land, impact, times and places."""

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
        """Set each message's entities."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                found = sorted(find_spans(text, self._lexicon), key=lambda s: (s.start, s.end, s.name))
                message.set(ENTITIES, [self._as_entity(span, text) for span in found], add_to_output=True)
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
