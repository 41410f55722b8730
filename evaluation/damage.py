"""Damages labelled mentions further: what if advertisements were written worse than those of the sample?

``python -m evaluation.damage --mentions gold.jsonl --times 2.5 --out worse.jsonl`` counts how often each kind of damage
(the ``noise`` of the lines) occurs in the file, and adds it to other lines until it is ``times`` as frequent. The gold
stays as it is: the same record is meant, however badly it is written. The kinds are those that advertisements show:
lost, wrong or misplaced tone marks, mistyped, doubled and swapped letters, Telex keys left in, mishearing, misread
letters, capitals, glued and spaced names, digits for letters, decomposed Unicode.
"""

import argparse
import json
import random
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.vocabulary import MentionKind
from registry.passage import Gazetteer, read_passage

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TELEX_TONE = dict(zip(_TONES, "fsxrj", strict=True))
_TELEX_MARK = {
    "a\u0306": "aw", "a\u0302": "aa", "e\u0302": "ee", "o\u0302": "oo", "o\u031b": "ow", "u\u031b": "uw",
}  # fmt: skip
_HEARD = (
    ("ng", "n"), ("n", "ng"), ("tr", "ch"), ("ch", "tr"), ("s", "x"), ("x", "s"), ("v", "d"), ("gi", "d"), ("d", "gi"),
    ("l", "n"), ("n", "l"), ("i", "y"), ("y", "i"), ("c", "t"), ("t", "c"),
)  # fmt: skip
_SEEN = (
    ("n", "r"), ("h", "b"), ("m", "rn"), ("i", "l"), ("l", "i"), ("u", "v"), ("e", "c"), ("g", "q"), ("o", "0"),
    ("ê", "c"), ("ư", "v"),
)  # fmt: skip
_LEET = {"o": "0", "i": "1", "a": "@", "e": "3", "l": "1"}
_END = re.compile(r"[,|\n;@]| - | chuyên | thuộc |\. ")


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _one_word(change: Callable[[random.Random, str], str]) -> Callable[[random.Random, str], str]:
    """Apply a change to one word of a name (of the last four, where what is proper to it stands)."""

    def changed(chance: random.Random, name: str) -> str:
        words = name.split(" ")
        places = [i for i, word in enumerate(words) if len(word) > 1][-4:]
        if places:
            at = chance.choice(places)
            words[at] = change(chance, words[at])
        return " ".join(words)

    return changed


def _without_marks(_: random.Random, name: str) -> str:
    kept = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    return kept.replace("đ", "d").replace("Đ", "D")


def _wrong_tone(chance: random.Random, word: str) -> str:
    letters = [c for c in unicodedata.normalize("NFD", word) if c not in _TONES]
    vowels = [i for i, c in enumerate(letters) if c.lower() in "aeiouy"]
    if vowels:
        at = chance.choice(vowels) + 1
        while at < len(letters) and unicodedata.combining(letters[at]):
            at += 1
        letters.insert(at, chance.choice(["", *_TONES]))
    return _composed("".join(letters))


def _mistyped(chance: random.Random, word: str) -> str:
    at = chance.randrange(len(word))
    way = chance.choice(("drop", "double", "swap"))
    if way == "double":
        return word[: at + 1] + word[at].lower() + word[at + 1 :]
    if way == "swap" and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if len(word) > 2 else word


def _telex(_: random.Random, word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    tone = next((_TELEX_TONE[c] for c in letters if c in _TONES), "")
    bare = "".join(c for c in letters if c not in _TONES)
    for marked, typed in _TELEX_MARK.items():
        bare = bare.replace(marked, typed).replace(marked.upper(), typed.capitalize())
    return bare.replace("đ", "dd").replace("Đ", "Dd") + tone


def _exchanged(table: Sequence[tuple[str, str]]) -> Callable[[random.Random, str], str]:
    def change(chance: random.Random, word: str) -> str:
        low = word.lower()
        fitting = [(a, b, low.index(a)) for a, b in table if a in low]
        if not fitting:
            return word
        old, new, at = chance.choice(fitting)
        return word[:at] + (new.capitalize() if word[at].isupper() else new) + word[at + len(old) :]

    return change


def _tone_misplaced(_: random.Random, word: str) -> str:
    swapped = {
        "òa": "oà",
        "óa": "oá",
        "ỏa": "oả",
        "õa": "oã",
        "ọa": "oạ",
        "úy": "uý",
        "ùy": "uỳ",
        "ủy": "uỷ",
        "ụy": "uỵ",
    }
    for usual, other in swapped.items():
        word = word.replace(usual, other)
    return word


def _leet(chance: random.Random, name: str) -> str:
    return "".join(_LEET[c] if c in _LEET and chance.random() < 0.4 else c for c in name)


def _glued(chance: random.Random, name: str) -> str:
    return ("#" if chance.random() < 0.5 else "") + "".join(word[:1].upper() + word[1:] for word in name.split())


def _spaced(chance: random.Random, name: str) -> str:
    if chance.random() < 0.4:
        return " .".join(".".join(word) + "." for word in name.split())
    return "  ".join(word[:-1] + "\u200b" + word[-1:] if chance.random() < 0.4 else word for word in name.split())


#: Each kind of damage, in the order in which they befall a name: the words first, then how it is set.
DAMAGE: Mapping[str, Callable[[random.Random, str], str]] = {
    "tone": _one_word(_wrong_tone),
    "phon": _one_word(_exchanged(_HEARD)),
    "edit": _one_word(_mistyped),
    "ocr": _one_word(_exchanged(_SEEN)),
    "toneplace": _one_word(_tone_misplaced),
    "telex": lambda chance, name: " ".join(_telex(chance, word) for word in name.split(" ")),
    "nodia": _without_marks,
    "upper": lambda _, name: name.upper(),
    "leet": _leet,
    "glued": _glued,
    "spaced": _spaced,
    "nfd": lambda _, name: unicodedata.normalize("NFD", name),
}


def name_span(text: str, kind: MentionKind) -> tuple[int, int]:
    """Return where the name stands in a passage: what the reader of passages takes, else all before the first break."""
    name = read_passage(text, kind, Gazetteer()).name.split(" - ")[0]
    end = _END.search(name, 8)
    name = (name[: end.start()] if end and kind is MentionKind.FACILITY else name).strip()
    at = text.find(name) if name else -1
    if at >= 0:
        return at, at + len(name)
    stop = _END.search(text, 6)
    return 0, stop.start() if stop else len(text)


def clinic_span(text: str, kind: MentionKind) -> tuple[int, int] | None:
    """Return where a practitioner's passage names the clinic, if it does."""
    clinic = read_passage(text, kind, Gazetteer()).clinic if kind is MentionKind.PRACTITIONER else ""
    at = text.find(clinic) if clinic else -1
    return (at, at + len(clinic)) if at >= 0 else None


def rates(lines: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the share of lines that show each kind of damage."""
    counts = Counter(noise for line in lines for noise in line.get("noise") or ())
    return {name: counts[name] / max(len(lines), 1) for name in DAMAGE}


def worsen(line: Mapping[str, Any], chances: Mapping[str, float], chance: random.Random) -> dict[str, Any]:
    """Return the mention with further damage, each kind with its chance; a clinic beside it suffers half as often."""
    text, kind = str(line["text"]), MentionKind(line["kind"])
    had = list(line.get("noise") or ())
    clinic = clinic_span(text, kind)
    for name, damage in DAMAGE.items():
        if clinic and name not in {"glued", "spaced"} and chance.random() < chances[name] / 2:
            text = text[: clinic[0]] + damage(chance, text[clinic[0] : clinic[1]]) + text[clinic[1] :]
            clinic = None  # where it stands now is not known
    start, end = name_span(text, kind)
    written = text[start:end]
    for name, damage in DAMAGE.items():
        if name not in had and chance.random() < chances[name] and not (name == "telex" and "nodia" in had):
            capitals = written.isupper()
            written = damage(chance, _composed(written) if name != "nfd" else written)
            written = written.upper() if capitals else written
            had.append(name)
    return {**line, "text": text[:start] + written + text[end:], "noise": sorted(had)}


def worsened(lines: Sequence[Mapping[str, Any]], times: float, seed: int) -> list[dict[str, Any]]:
    """Return all lines, with every kind of damage ``times`` as frequent as in ``lines`` (at most in all of them)."""
    chance = random.Random(seed)  # noqa: S311  # a sample, not a secret
    now = rates(lines)
    chances = {name: min(1.0, (times - 1) * now[name] / max(1 - now[name], 1e-9)) for name in DAMAGE}
    return [worsen(line, chances, chance) for line in lines]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the damaged mentions and say how frequent each kind is before and after."""
    parser = argparse.ArgumentParser(description="Damage labelled mentions further; the gold stays.")
    parser.add_argument("--mentions", type=Path, required=True, help="labelled mentions, as for 'evaluate matcher'")
    parser.add_argument("--times", type=float, default=2.5, help="how many times as frequent the damage becomes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    lines = [json.loads(line) for line in options.mentions.read_text(encoding="utf-8").splitlines() if line.strip()]
    worse = worsened(lines, options.times, options.seed)
    written = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in worse)
    options.out.write_text(written, encoding="utf-8")
    before, after = rates(lines), rates(worse)
    for name in DAMAGE:
        sys.stdout.write(f"{name:10} {before[name]:7.1%} → {after[name]:7.1%}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
