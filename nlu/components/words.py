"""The Rasa component that splits a message into words, for Rasa's own counting of entities (`rasa test nlu`).

Nothing of ours reads those words, and training goes past it: splitting 36,000 messages and taking the fingerprints
of 700,000 words would be a fifth of the whole training time.
"""

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer


# A classifier in Rasa's eyes, since what Rasa knows as a tokenizer splits the training messages too.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class WordSplitter(WhitespaceTokenizer):
    """Rasa's WhitespaceTokenizer, for messages that come in."""
