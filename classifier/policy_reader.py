"""Read and check a policy file; whatever is wrong becomes one ``PolicyError`` with file, line and code."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from classifier.policy_checks import Fault, faults
from classifier.policy_schema import PolicyFile
from classifier.policy_yaml import Place, Sourced, read_yaml
from models.errors import PolicyError


def read_policy_file(path: Path) -> tuple[PolicyFile, bytes]:
    """Return the checked content of ``path``, and its bytes. Raises ``PolicyError`` for the fault that stands first."""
    sourced = read_yaml(path)
    if not isinstance(sourced.data, dict):
        raise sourced.fault((), "not a policy file: its top level is not a mapping")
    try:
        file = PolicyFile.model_validate(sourced.data)
    except ValidationError as error:
        found = [_explain(dict(item)) for item in error.errors(include_url=False, include_context=False)]
        raise _first(sourced, found) from None
    clashes = list(faults(file))
    if clashes:
        raise _first(sourced, clashes)
    return file, sourced.content


def _first(sourced: Sourced, found: list[Fault]) -> PolicyError:
    """Report the fault that stands first in the file, and how many more there are."""
    place, message = min(found, key=lambda item: sourced.line(item[0]))
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return sourced.fault(place, message + more, _code_at(sourced.data, place))


def _explain(error: dict[str, object]) -> Fault:
    """Put a pydantic error in the words of the file."""
    place: Place = tuple(error["loc"]) if isinstance(error["loc"], tuple) else ()
    key, value = (place[-1] if place else ""), repr(error.get("input"))[:60]
    if error["type"] == "missing":
        return place, f"key {key!r} is missing"
    if error["type"] == "extra_forbidden":
        return place, f"unknown key {key!r}"
    if error["type"] == "enum":
        return place, f"unknown value {value}: {str(error['msg'])[0].lower()}{str(error['msg'])[1:]}"
    message = str(error["msg"]).removeprefix("Value error, ")
    about_an_item = error["type"] == "value_error" and not isinstance(key, str)
    return place, message if about_an_item else f"{key!r} is {value}: {message}"


def _code_at(data: object, place: Place) -> str:
    """Name the code of a place; for a provision, itself and the codes that rest on it."""
    if not isinstance(data, dict) or len(place) < 2 or not isinstance(place[1], int):
        return ""
    item = data[place[0]][place[1]]
    if not isinstance(item, dict):
        return ""
    if place[0] == "codes":
        return _plain(item.get("code"))
    return ", ".join(_users(data, str(item.get("id", "")))) if place[0] == "provisions" else ""


def _plain(value: object) -> str:
    """Make whatever stands where a code should fit into one line."""
    return " ".join(str(value or "").split())[:60]


def _users(data: Mapping[str, object], provision: str) -> list[str]:
    records = data.get("codes")
    return [
        _plain(record.get("code"))
        for record in (records if isinstance(records, list) else [])
        if isinstance(record, dict) and any({"id": provision}.items() <= ref.items() for ref in _refs(record))
    ]


def _refs(record: Mapping[str, object]) -> list[dict[str, object]]:
    refs = record.get("provisions")
    return [ref for ref in refs if isinstance(ref, dict)] if isinstance(refs, list) else []
