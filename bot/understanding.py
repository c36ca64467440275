"""`frontdoor parse`: one message through the language model, as the contract prints it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bot.settings import Settings
from flows.content import load_gazetteer
from flows.place import Certainty
from flows.places import Gazetteer
from flows.times import read_when
from flows.understanding import Entity, Understanding
from nlu.interpreter import Breaker, RasaInterpreter
from nlu.server import NluServer
from nlu.train import find_model

READY_SECONDS = 120.0
CALL_SECONDS = 10.0


@asynccontextmanager
async def open_model(
    settings: Settings, *, breaker: Breaker | None = None
) -> AsyncIterator[RasaInterpreter | None]:
    """The language model, started for the while and ended after it. None where it did not become ready."""
    models = settings.environment.frontdoor_models
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    server = NluServer(settings.root, lambda: find_model(settings.root, models), settings.data)
    interpreter = RasaInterpreter(server, breaker=breaker, timeout_seconds=CALL_SECONDS)
    server.start()
    try:
        yield interpreter if await server.wait_ready(READY_SECONDS) else None
    finally:
        await interpreter.aclose()
        await server.stop()


async def parse_once(settings: Settings, text: str) -> dict[str, Any] | None:
    """Starts the model, asks once and ends it. None where it did not answer."""
    async with open_model(settings) as interpreter:
        found = await interpreter.understand(text) if interpreter else None
    return describe(found, load_gazetteer(settings.root / "county"), datetime.now(UTC)) if found else None


def describe(found: Understanding, gazetteer: Gazetteer, now: datetime) -> dict[str, Any]:
    """The contract's JSON: {"label", "confidence", "ranking", "entities": {name: value}}, and "language".

    `place` and `seen_at` are {"text", "value"}: the words, and what they were resolved to or None. Of an
    entity found several times `impact` lists all, others keep the first. The language is a code like
    "pl", or None for English and where it is not sure.
    """
    entities: dict[str, Any] = {}
    for entity in found.entities:
        value = _resolved(entity, gazetteer, now)
        if entity.name == "impact":
            entities.setdefault("impact", [])
            if value not in entities["impact"]:
                entities["impact"].append(value)
        else:
            entities.setdefault(entity.name, value)
    return {
        "label": found.label,
        "confidence": round(found.confidence, 4),
        "ranking": [{"label": r.label, "confidence": round(r.confidence, 4)} for r in found.ranking],
        "entities": entities,
        "language": found.language,
    }


def _resolved(entity: Entity, gazetteer: Gazetteer, now: datetime) -> Any:
    if entity.name == "place":
        place = gazetteer.read(entity.text)
        known = place.to_dict() if place.certainty is not Certainty.UNKNOWN else None
        return {"text": entity.text, "value": known}
    if entity.name == "seen_at":
        when = read_when(entity.text, now)
        return {"text": entity.text, "value": when.value.isoformat() if when else None}
    return entity.value if entity.value is not None else entity.text
