"""Which sentences the code of flows says, read from the code itself: for the check that each is there."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from flows.consultations import Anonymity
from flows.facts import CASE_STATES, CodeState
from flows.forms import Kind
from flows.messages import ChannelName

_SAYS = frozenset({"words", "label", "label_with", "raw", "say", "Unclear", "_end"})
_KEY = re.compile(
    r"^(notice|photo|button|place|danger|form|text|choice|choices|number|when|yes_no|postcode|phone|email|name|state|near|office|watch|forget)\.[a-z_]+$"
)
# Keys put together from a name, and the values they are given.
_MADE = {
    **{f"{kind}.unclear": set() for kind in (Kind.PHOTO, Kind.PHONE, Kind.EMAIL)},
    "danger.emergency": set(),
    "danger.crisis": set(),
    **{f"form.{what}": {"thing"} for what in ("drop", "stop")},
    **{f"button.{what}_{answer}": set() for what in ("drop", "stop") for answer in ("yes", "no")},
    **{f"hide.{channel}": set() for channel in ChannelName},
    **{f"lookup.{what}": {"place", "force"} for what in ("outside", "far")},
    "lookup.team": {"place", "district", "council", "partnership"},
    **{f"code.{state}": set() for state in CodeState if state is not CodeState.GOOD},
    **{f"state.{state}": set() for state in CASE_STATES},
    **{f"watch.changed_{what}": set() for what in ("news", "move", "pause", "carry_on", "leave")},
    **{f"button.data_{name}": set() for name in ("send", "consents", "forget", "join")},
    **{f"button.{name}": set() for name in ("watch_stay", "watch_leave", "solved_yes", "solved_no")},
    **{key: {"receipt"} for key in ("forget.done", "forget.child")},
    # Said unasked, by what runs beside the conversation (staff/, bot/).
    **{key: set() for key in ("person.joined", "code.tried", "join.told")},
    **{f"near.{what}": {"group"} for what in ("group", "coordinator")},
    **{f"office.{what}": {"day"} for what in ("open", "closed")},
    "update.state": {"thing", "reference", "state"},
    "status.code": {"reference", "code"},
    "phone.code": {"code"},
    **{f"survey.{level}": {"closes"} for level in Anonymity},
    **{f"button.answers_{what}": set() for what in ("change", "withdraw", "results", "about")},
    "goodbye": set(),
    "thanks": set(),
    "place.near": {"name"},
}


def read_code_keys(folder: Path) -> dict[str, set[str]]:
    """Every text key said in a folder's Python files, and the names of the values it is said with."""
    keys = {key: set(names) for key, names in _MADE.items()}
    for path in sorted(folder.glob("*.py")):
        for key, names in _said_in_source(path.read_text(encoding="utf-8")):
            keys.setdefault(key, set()).update(names)
    return keys


@cache
def _said_in_source(source: str) -> tuple[tuple[str, set[str]], ...]:
    return tuple(_said_in(ast.parse(source)))


def _said_in(tree: ast.AST) -> Iterator[tuple[str, set[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _KEY.match(node.value):
            if not node.value.endswith((".yml", ".py", "_")):
                yield node.value, set()
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0].value
            if not isinstance(first, str):
                continue
            if name in _SAYS and re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", first):
                yield first, _names_given(node)
            elif name in ("command", "go_button"):
                yield f"button.{first}", set()


def _names_given(call: ast.Call) -> set[str]:
    names = {k.arg for k in call.keywords if k.arg}
    if len(call.args) > 1 and isinstance(call.args[1], ast.Dict):
        names |= {str(k.value) for k in call.args[1].keys if isinstance(k, ast.Constant)}
    return names
