"""Puts messages through LanguageDetector in Rasa's environment and prints what Rasa would answer of each as JSON.

.venv-nlu/bin/python tests/nlu/language_probe.py TEXT...
"""

import json
import sys

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.languages import LanguageDetector

detector = LanguageDetector.create(
    LanguageDetector.get_default_config(),
    LocalModelStorage.__new__(LocalModelStorage),
    Resource("language"),
    ExecutionContext(GraphSchema({})),
)
messages = detector.process([Message({TEXT: text}) for text in sys.argv[1:]])
json.dump([message.as_dict(only_output_properties=True) for message in messages], sys.stdout)
