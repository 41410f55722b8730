"""Loads the rules from ``lexicon.yaml``: what is looked for, where it counts, how often it was right, and why."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from classifier.disguise import BARE
from models.errors import InputError
from models.vocabulary import Code, Domain

LEXICON = Path(__file__).parent.parent / "lexicon.yaml"

#: What may stand for a space inside a phrase: white space on the line, quotation marks, dashes, emoji.
_GAP = "(?:[ \\t\\xa0\\-–—*·\"“”'’|/\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]{1,4}|[.])"
_CLASS_OR_SPACE = re.compile(r"\[(?:[^\]\\]|\\.)*\]| ")
_WORD = re.compile(r"<(\w+)>")


class RuleEntry(BaseModel):
    """One rule as ``lexicon.yaml`` writes it. Patterns are in right spelling; a space also matches dashes and emoji."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    code: Code
    find: str
    needs: list[str] = Field(min_length=1)
    p: float = Field(gt=0, lt=1)
    near: str = ""
    unless: str = ""
    before_not: str = ""
    after_not: str = ""
    domains: list[Domain] = []
    question: bool = False
    negated: bool = False
    why: str = ""


class LexiconFile(BaseModel):
    """``lexicon.yaml`` as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    words: dict[str, str]
    reasons: dict[Code, str]
    contexts: dict[str, str]
    rules: list[RuleEntry]


@dataclass(frozen=True)
class Pattern:
    """A pattern in two forms: as spelt, and for text that lost its marks. Compiled when first used (it takes long)."""

    source: str

    @cached_property
    def spelt(self) -> re.Pattern[str]:
        """For text in right spelling."""
        return re.compile(_bounded(_gapped(self.source)))

    @cached_property
    def bare(self) -> re.Pattern[str]:
        """For text without marks."""
        return re.compile(_bounded(_gapped(self.source.translate(BARE))))


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled rule. ``probability`` is how often a match was right (see ``lexicon.yaml``)."""

    id: str
    code: Code
    find: Pattern
    needs: tuple[str, ...]
    bare_needs: tuple[str, ...]
    probability: float
    near: Pattern | None
    unless: Pattern | None
    before_not: Pattern | None
    after_not: Pattern | None
    domains: frozenset[Domain]
    question: bool
    negated: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All rules and the contexts that silence them."""

    version: str
    rules: tuple[Rule, ...]
    contexts: dict[str, Pattern]


def load_lexicon(path: Path) -> Lexicon:
    """Read a lexicon and compile all of it. ``InputError`` names the rule and the field that cannot be used."""
    lexicon = _read(path)
    for rule in lexicon.rules:
        for pattern in (rule.find, rule.near, rule.unless, rule.before_not, rule.after_not):
            _compile(pattern, f"{path.name}: rule {rule.id}")
    for name, context in lexicon.contexts.items():
        _compile(context, f"{path.name}: context {name}")
    return lexicon


def _compile(pattern: Pattern | None, where: str) -> None:
    if pattern is None:
        return
    try:
        pattern.spelt, pattern.bare  # noqa: B018 - compiled and kept by looking at them
    except re.error as problem:
        raise InputError(f"{where}: {problem}", "Mend the pattern.") from None


def _read(path: Path) -> Lexicon:
    try:
        content = path.read_bytes()
        raw: Any = yaml.load(content, Loader=SAFE_LOADER)  # noqa: S506 - a safe loader, see below
        entries = LexiconFile.model_validate(raw)
    except (OSError, yaml.YAMLError) as problem:
        raise InputError(f"{path.name} cannot be read: {problem}", "Restore the file from the distribution.") from None
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{path.name}: {where}: {first['msg']}", "Mend this entry.") from None
    return _compiled(entries, path.name, sha256(content).hexdigest()[:8])


#: libyaml's safe loader where it is built in (ten times faster), else the same in Python. Neither makes objects.
SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def default_lexicon() -> Lexicon:
    """The lexicon that ships with the package, once per process; its patterns are compiled as texts need them."""
    return _read(LEXICON)


def _compiled(entries: LexiconFile, name: str, version: str) -> Lexicon:
    words = entries.words
    seen: set[str] = set()
    rules = []
    for entry in entries.rules:
        if entry.id in seen:
            raise InputError(f"{name}: rule {entry.id} occurs twice", "Give each rule its own id.")
        seen.add(entry.id)
        rules.append(_rule(entry, words, entry.why or entries.reasons.get(entry.code, ""), name))
    contexts = {key: _pattern(text, words, f"{name}: context {key}") for key, text in entries.contexts.items()}
    return Lexicon(f"{entries.version}-{version}", tuple(rules), contexts)


def _rule(entry: RuleEntry, words: dict[str, str], reason: str, name: str) -> Rule:
    where = f"{name}: rule {entry.id}"
    if not reason:
        raise InputError(f"{where} gives no reason", "Add `why`, or a reason for its code.")

    def optional(text: str, anchor: str = "{}") -> Pattern | None:
        return _pattern(anchor.format(text), words, where) if text else None

    return Rule(
        id=entry.id,
        code=entry.code,
        find=_pattern(entry.find, words, where),
        needs=tuple(entry.needs),
        bare_needs=tuple(word.translate(BARE) for word in entry.needs),
        probability=entry.p,
        near=optional(entry.near),
        unless=optional(entry.unless),
        before_not=optional(entry.before_not, "(?:{})\\W{{0,3}}$"),
        after_not=optional(entry.after_not, "^\\W{{0,3}}(?:{})"),
        domains=frozenset(entry.domains),
        question=entry.question,
        negated=entry.negated,
        reason=reason,
    )


def _pattern(text: str, words: dict[str, str], where: str) -> Pattern:
    """Compile ``text``: ``<name>`` stands for a word list, a space for any gap, the ends are word bounds."""
    try:
        for _ in range(3):
            text = _WORD.sub(lambda match: f"(?:{words[match[1]]})", text)
    except KeyError as name:
        raise InputError(f"{where}: no word list {name}", "Define it under `words`.") from None
    return Pattern(text)


def _gapped(text: str) -> str:
    """Let each space outside a character class match any gap."""
    return _CLASS_OR_SPACE.sub(lambda match: match[0] if match[0] != " " else _GAP, text)


def _bounded(text: str) -> str:
    left = "" if text.startswith("^") else "(?<![^\\W_])"
    return f"{left}(?:{text})" if text.endswith("$") else f"{left}(?:{text})(?![^\\W_])"
