"""The Rasa component that says which language a message is in; how it is told is in language_guess.py.

No `from __future__ import annotations` here: Rasa reads the annotations of these methods when it builds
its graph, and wants these very argument names.
"""

from pathlib import Path
from typing import Any, Dict, List  # noqa: UP035 - Rasa 3.6 compares with these

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.language_guess import LanguageGuesser, load_lexicon


# A classifier in Rasa's eyes: those learn nothing from one another, so training goes past this one.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LanguageDetector(GraphComponent):
    """Adds `language` to a message that is surely not in English: {"name": "pl", "confidence": 0.97}."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:  # noqa: UP006
        """lexicon: the file of words each language cannot do without."""
        return {"lexicon": "nlu/components/languages.yml"}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        """Built at training and at the start of the server; the file is read from the working folder."""
        return cls(LanguageGuesser(load_lexicon(Path(config["lexicon"]))))

    def __init__(self, guesser: LanguageGuesser) -> None:
        self._guesser = guesser

    def process(self, messages: List[Message]) -> List[Message]:  # noqa: UP006
        """Mark the messages whose language is sure; the others stay as they are."""
        for message in messages:
            guess = self._guesser.guess(message.get(TEXT) or "")
            if guess is not None:
                language = {"name": guess.name, "confidence": guess.confidence}
                message.set("language", language, add_to_output=True)
        return messages
