"""The Rasa component that gives every message the vector of its sentence; the graph itself is in encoder.py.

No `from __future__ import annotations` here: Rasa reads the annotations of these methods when it builds
its graph, and wants these very argument names.
"""

from typing import Any, Dict, List  # noqa: UP035 - Rasa 3.6 compares with these

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message

from nlu.components.encoder import Encoder
from nlu.components.slips import get_words

THREADS = 2


def embed_all(texts: List[str]) -> np.ndarray:  # noqa: UP006
    """Vectors of training messages, [texts, WIDTH], as SentenceEmbedder gives them to those that come in."""
    return Encoder(threads=THREADS).encode(texts)


# A classifier in Rasa's eyes, so that Rasa does not take the fingerprints of 36,000 vectors: whatever learns from
# vectors makes them itself (`embed_all`), from the same encoder.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SentenceEmbedder(GraphComponent):
    """Adds a dense sentence feature of 384 numbers, length 1."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:  # noqa: UP006
        """alias: what the feature is called, for components that want it by name."""
        return {"alias": "sentence"}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        """Built at the start of the server, from the published weights each time."""
        return cls(config["alias"])

    def __init__(self, name: str) -> None:
        self._name = name
        self._encoder = Encoder(threads=THREADS)

    def process(self, messages: List[Message]) -> List[Message]:  # noqa: UP006
        """Vectors for messages that have words."""
        self._add_vectors([m for m in messages if m.get(TEXT)])
        return messages

    def _add_vectors(self, messages: List[Message]) -> None:  # noqa: UP006
        if not messages:
            return
        vectors = self._encoder.encode([get_words(m) for m in messages])
        for message, vector in zip(messages, vectors, strict=True):
            message.add_features(Features(vector[np.newaxis], FEATURE_TYPE_SENTENCE, TEXT, self._name))
