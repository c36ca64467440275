"""The Rasa component that says which label a message has; the model itself is in label_model.py.

No `from __future__ import annotations` here: Rasa reads the annotations of these methods when it builds
its graph, and wants these very argument names.
"""

from dataclasses import asdict
from typing import Any, Dict, List, Optional  # noqa: UP035 - Rasa 3.6 compares with these

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.embedding import embed_all
from nlu.components.label_model import LabelModel, Settings
from nlu.components.memory import give_back
from nlu.components.slips import get_words

FILE = "labels.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LabelClassifier(GraphComponent, IntentClassifier):
    """Ranks the labels of a message by confidence."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:  # noqa: UP006
        """label_model.Settings; ranking_length: how many labels an answer lists."""
        return {**asdict(Settings()), "ranking_length": 10}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LabelClassifier":
        """An untrained one, before training."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "LabelClassifier":
        """The trained one."""
        with model_storage.read_from(resource) as folder:
            model = LabelModel.load(folder / FILE)
        give_back()
        return cls(config, model_storage, resource, model)

    def __init__(
        self,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[LabelModel] = None,  # noqa: UP045
    ) -> None:
        self._settings = Settings(**{name: config[name] for name in asdict(Settings())})
        self._ranking_length = config["ranking_length"]
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the model and keep it."""
        messages = [m for m in training_data.intent_examples if m.get(TEXT) and m.get(INTENT)]
        texts, labels = [m.get(TEXT) for m in messages], [m.get(INTENT) for m in messages]
        self._model = LabelModel.fit(texts, embed_all(texts), labels, self._settings)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder / FILE)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:  # noqa: UP006
        """Set each message's label and ranking."""
        worded = [m for m in messages if m.get(TEXT)]
        if worded and self._model is not None:
            ranked = self._model.rank([get_words(m) for m in worded], _vectors(worded))
            for message, confidences in zip(worded, ranked, strict=True):
                self._set_label(message, self._model.labels, confidences)
        return messages

    def _set_label(self, message: Message, labels: List[str], confidences: np.ndarray) -> None:  # noqa: UP006
        best = np.argsort(-confidences)[: self._ranking_length]
        ranking = [
            {INTENT_NAME_KEY: labels[at], PREDICTED_CONFIDENCE_KEY: float(confidences[at])} for at in best
        ]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)


def _vectors(messages: List[Message]) -> np.ndarray:  # noqa: UP006
    """The sentence vectors, a row for each message."""
    rows = []
    for message in messages:
        _, sentence = message.get_dense_features(TEXT, [])
        if sentence is None:
            raise ValueError("LabelClassifier stands after SentenceEmbedder in the pipeline.")
        rows.append(sentence.features[0])
    return np.asarray(rows, dtype=np.float32)
