"""The Rasa component that mends slips of the finger before words are read; the rules are in spelling.py.

The message's own text stays as it was written, because entities are pieces of it.

No `from __future__ import annotations` here: Rasa reads the annotations of these methods when it builds
its graph, and wants these very argument names.
"""

from typing import Any, Dict, List, Optional  # noqa: UP035 - Rasa 3.6 compares with these

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.spelling import Speller

MENDED = "mended"
FILE = "words.json"


def get_words(message: Message) -> str:
    """What a component that reads words reads: the mended text, or the text where nothing was mended."""
    return str(message.get(MENDED) or message.get(TEXT))


# A classifier in Rasa's eyes: those are trained, but change no training message for the components behind them.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SlipMender(GraphComponent):
    """Learns the words of the training messages; reads unknown ones as the nearest of them."""

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SlipMender":
        """One that knows no words yet, before training."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "SlipMender":
        """The trained one."""
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, Speller.load(folder / FILE))

    def __init__(
        self,
        model_storage: ModelStorage,
        resource: Resource,
        speller: Optional[Speller] = None,  # noqa: UP045
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._speller = speller

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the words and keep them."""
        texts = [m.get(TEXT) for m in training_data.training_examples if m.get(TEXT)]
        self._speller = Speller.learn(texts)
        with self._model_storage.write_to(self._resource) as folder:
            self._speller.save(folder / FILE)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:  # noqa: UP006
        """Note the mended text beside the written one."""
        for message in messages:
            text = message.get(TEXT)
            if text and self._speller is not None:
                message.set(MENDED, self._speller.correct(text))
        return messages
