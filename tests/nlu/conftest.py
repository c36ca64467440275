"""The real Rasa server, for the tests of this folder."""

from rasa_server import nlu_server

__all__ = ["nlu_server"]
