"""Logging: one line a fact, ids and codes only; whatever might carry words, numbers or tokens is dropped."""

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

# These loggers print whole addresses, and Telegram's hold the bot's token.
_TOO_TALKATIVE = (
    "httpx",
    "httpcore",
    "telegram",
    "twilio",
    "urllib3",
    "multipart",
    "python_multipart",
    "asyncio",
)
_NEVER = frozenset({"text", "body", "payload", "address", "phone", "name", "token", "url", "words"})


def configure_logs(*, quiet: bool = False) -> None:
    """Structured lines on standard error. `quiet` leaves warnings and worse."""
    level = logging.WARNING if quiet else logging.INFO
    logging.basicConfig(
        stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            drop_private,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Through the standard library: where nobody reads standard error any more, a loop that only wants
        # to note a fault must not die of it.
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def drop_private(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drops keys that name private things, should one ever be logged."""
    return {k: v for k, v in event.items() if k not in _NEVER}


def place_of(error: BaseException) -> str:
    """Where an error was raised ("engine.py:120"): enough to find it, and none of the citizen's words."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame is not None else "?"
