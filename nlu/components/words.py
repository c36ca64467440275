"""The Rasa component that splits a message into words, for Rasa's own counting of entities (`rasa test nlu`).

Nothing of ours reads those words. Training goes past it: splitting 36,000 messages and taking the fingerprints of
700,000 words would be a fifth of the whole training time.
"""

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.training_data.training_data import TrainingData


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class WordSplitter(WhitespaceTokenizer):
    """Rasa's WhitespaceTokenizer, for messages that come in."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The training messages stay whole."""
        return training_data
