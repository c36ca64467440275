"""YAML that knows its lines, so that a fault can be named where it stands, and that takes no key twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

# The C loader is ten times as fast; the pure one does the same where it was not built.
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Strict(_Safe):  # type: ignore[misc]
    """SafeLoader, but a key given twice is a fault and not the last one's victory; a date that is none has its line."""

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            problem = f"{node.value} is no date or number ({error})"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int | bool) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} is given twice", key_node.start_mark
                )
            seen.add(key)
        return dict(super().construct_mapping(node, deep))


@dataclass(frozen=True)
class Unreadable(Exception):
    """A file that is no YAML, or no UTF-8, or is not there. `line` counts from 1."""

    line: int
    message: str


@dataclass(frozen=True)
class Document:
    """A YAML file's value, and the line of anything in it."""

    value: Any
    root: Node | None

    def find_line(self, where: Sequence[str | int]) -> int:
        """The line of a place such as ("fields", 3, "options", 0, "label"); as deep as the file goes."""
        return self._find(where)[0]

    def is_literal(self, where: Sequence[str | int]) -> bool:
        """Whether there is a block of text after "|" there: only such a block keeps its lines."""
        node = self._find(where)[1]
        return isinstance(node, ScalarNode) and node.style == "|"

    def _find(self, where: Sequence[str | int]) -> tuple[int, Node | None]:
        node, line = self.root, 1
        for step in where:
            if isinstance(node, MappingNode):
                pairs = [(k, v) for k, v in node.value if k.value == str(step)]
                if not pairs:
                    break
                line, node = pairs[0][0].start_mark.line + 1, pairs[0][1]
            elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
            else:
                break
        return line, node


def read_yaml(path: Path) -> Any:
    """A file's value and nothing else; nobody changes it. Raises OSError, UnicodeDecodeError, yaml.YAMLError."""
    return _load(path.read_text(encoding="utf-8"))


def read_document(path: Path) -> Document:
    """Raises Unreadable."""
    try:
        return _parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unreadable(1, "this file is missing") from None
    except UnicodeDecodeError:
        raise Unreadable(1, "this file is not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Unreadable(mark.line + 1 if mark else 1, f"not readable as YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise Unreadable(1, f"not readable as YAML: {error}") from error


@lru_cache(maxsize=100)
def _load(text: str) -> Any:
    return yaml.load(text, Loader=_Safe)


@lru_cache(maxsize=100)
def _parse(text: str) -> Document:
    """Whoever checks again after one file was changed reads that one alone; nobody changes a document's value."""
    loader = _Strict(text)
    root = loader.get_single_node()
    return Document(loader.construct_document(root) if root else None, root)
