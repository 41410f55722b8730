"""Read a YAML file that nobody has vouched for, and remember on which line each value stands.

Only what a policy file needs is taken: mappings, lists and plain scalars. Anchors, aliases and merge keys (the road to
a 'billion laughs'), tags of any language, several documents and unbounded nesting are refused, each with its line.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

from models.errors import PolicyError

#: A policy file of sixteen codes takes about 0.1 MB (measured on the bundled file); ten times that is no policy file.
MAX_BYTES = 1_000_000
#: The bundled file nests six deep; recursion over the nodes is bounded by this.
MAX_DEPTH = 20
#: The bundled file has 4,331 YAML events (values, brackets; 2026-11); a file of very many is stopped early.
MAX_EVENTS = 50_000

#: libyaml is the faster of two readers of the same language; the pure-Python one serves where it is missing.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TAGS = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset(_TAGS + name for name in ("str", "timestamp", "float"))
_TRUE = frozenset({"yes", "true", "on"})

#: The way to a value: keys and list positions from the top.
Place: TypeAlias = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Sourced:
    """Plain data (dict, list, str, int, bool, None) and the 1-based line of every key and item, by its path."""

    name: str
    data: object
    lines: dict[Place, int]
    content: bytes

    def line(self, path: Place) -> int:
        """Return the line of ``path``, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: Place, message: str, code: str = "") -> PolicyError:
        """Make the error that names file, line and code."""
        return fault(self.name, self.line(path), message, code)


def fault(name: str, line: int, message: str, code: str = "") -> PolicyError:
    """Make a ``PolicyError`` that names file, line and code (where one is known)."""
    where = f"{name}, line {line}" + (f", code {code}" if code else "")
    return PolicyError(f"{where}: {message}.", "Mend the file, then run `medad policy check` on it.")


def read_yaml(path: Path) -> Sourced:
    """Read ``path`` as UTF-8 YAML.

    Raises ``PolicyError`` with the line for anything that is not plain, bounded, single-document YAML with unique keys.
    """
    content = _bytes(path)
    text = _decode(path.name, content)
    try:
        _refuse_dangers(path.name, text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise fault(path.name, line, f"not valid YAML ({error.problem or error.context})") from error
    except yaml.YAMLError as error:
        raise fault(path.name, 1, f"not valid YAML ({' '.join(str(error).split())})") from error
    lines: dict[Place, int] = {}
    data = None if node is None else _value(path.name, node, (), lines)
    return Sourced(path.name, data, lines, content)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read ({error.strerror}).", "Name an existing policy file.") from error
    if len(content) > MAX_BYTES:
        raise PolicyError(f"{path.name}: larger than {MAX_BYTES:,} bytes.", "This is not a policy file.")
    return content


def _decode(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise fault(name, line, "not UTF-8 text (save it as UTF-8)") from error


def _refuse_dangers(name: str, text: str) -> None:
    """Walk the flat events first: composing expands nothing that this has not seen."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise fault(name, line, "anchors and aliases (& and *) are not allowed: write the value out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise fault(name, line, f"nested more than {MAX_DEPTH} deep")
        if count > MAX_EVENTS:
            raise fault(name, line, f"more than {MAX_EVENTS:,} values: this is not a policy file")


def _value(name: str, node: yaml.Node, path: Place, lines: dict[Place, int]) -> object:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode) and node.tag == _TAGS + "map":
        return _mapping(name, node, path, lines)
    if isinstance(node, yaml.SequenceNode) and node.tag == _TAGS + "seq":
        return [_value(name, item, (*path, index), lines) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(name, node)
    raise fault(name, node.start_mark.line + 1, f"tag {node.tag} is not allowed")


def _mapping(name: str, node: yaml.MappingNode, path: Place, lines: dict[Place, int]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag not in _TEXT_TAGS | {_TAGS + "bool"}:
            raise fault(name, line, "a key must be plain text (merge keys are not allowed)")
        key = key_node.value
        if key in found:
            raise fault(name, line, f"key {key!r} stands twice in one mapping")
        lines[(*path, key)] = line
        found[key] = _value(name, value_node, (*path, key), lines)
    return found


def _scalar(name: str, node: yaml.ScalarNode) -> object:
    text: str = node.value
    if node.tag in _TEXT_TAGS:
        return text
    if node.tag == _TAGS + "null":
        return None
    if node.tag == _TAGS + "bool":
        return text.lower() in _TRUE
    if node.tag == _TAGS + "int":
        # YAML 1.1 also calls 0x1F, 0b1 and 1:30 integers; such a thing stays text and fails its own check.
        return int(text) if text.isascii() and text.lstrip("+-").isdigit() and len(text) <= 20 else text
    raise fault(name, node.start_mark.line + 1, f"tag {node.tag} is not allowed")
