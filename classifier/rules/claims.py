"""Finds the words that promise, rank, exaggerate or vouch, and lets the lawful look-alikes go."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from classifier.rules.lexicon import Lexicon, Pattern, Rule
from classifier.text import Reading
from models.vocabulary import Code, Domain

#: How far around a damaged word a pattern without marks is tried (letters).
_REACH = 60
#: Matches of one rule that are looked at in one text: a page that repeats itself so often has nothing more to say.
_MOST = 60
#: How much of the sentence before a match can turn it round ('không có phương pháp nào …').
_NEGATION_REACH = 70


@dataclass(frozen=True, slots=True)
class Claim:
    """One match of a rule: bounds in the reading's text."""

    rule: Rule
    start: int
    end: int

    @property
    def code(self) -> Code:
        """The code that the rule speaks for."""
        return self.rule.code


class Finder:
    """Applies a lexicon to readings."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._rules = lexicon.rules
        self._contexts = lexicon.contexts

    def claims(self, reading: Reading, domains: Collection[Domain], end: int | None = None) -> list[Claim]:
        """All claims in ``reading.text[:end]`` that survive their context, in the order of their place."""
        limit = len(reading.text) if end is None else end
        found = [
            claim
            for rule in self._rules
            if not rule.domains or not rule.domains.isdisjoint(domains)
            for claim in self._matches(rule, reading, limit)
        ]
        return sorted(found, key=lambda claim: (claim.start, -claim.end))

    def _matches(self, rule: Rule, reading: Reading, limit: int) -> Iterator[Claim]:
        if any(word in reading.text for word in rule.needs):
            for match in islice(rule.find.spelt.finditer(reading.text, 0, limit), _MOST):
                claim = self._claim(rule, reading, match, bare=False)
                if claim:
                    yield claim
        if reading.damaged and any(word in reading.bare for word in rule.bare_needs):
            yield from self._bare_matches(rule, reading, limit)

    def _bare_matches(self, rule: Rule, reading: Reading, limit: int) -> Iterator[Claim]:
        done = seen = 0
        for start, end in reading.damaged:
            if seen >= _MOST:
                return
            place = max(done, start - _REACH)
            for match in rule.find.bare.finditer(reading.bare, place, min(limit, end + _REACH)):
                if match.end() <= start or match.start() >= end:
                    continue
                done = match.end()
                seen += 1
                claim = self._claim(rule, reading, match, bare=True)
                if claim:
                    yield claim

    def _claim(self, rule: Rule, reading: Reading, match: re.Match[str], bare: bool) -> Claim | None:
        quoted = 1 if match.re.groups and match.group(1) is not None else 0
        start, end = match.span(quoted)
        if start == end or not self._stands(rule, reading, match.start(), match.end(), bare):
            return None
        return Claim(rule, start, end)

    def _stands(self, rule: Rule, reading: Reading, start: int, end: int, bare: bool) -> bool:
        """Tell whether the sentence around lets the match count."""
        text = reading.bare if bare else reading.text
        left, right = reading.sentence_at(start)
        right = max(right, end)
        sentence = text[left:right]

        def holds(pattern: Pattern | None, part: str) -> bool:
            return pattern is not None and (pattern.bare if bare else pattern.spelt).search(part) is not None

        if rule.near is not None and not holds(rule.near, sentence):
            return False
        before = text[max(left, start - _NEGATION_REACH) : start]
        if (
            holds(rule.unless, sentence)
            or holds(rule.before_not, before)
            or holds(rule.after_not, text[end : end + 60])
        ):
            return False
        if holds(self._contexts["report"], sentence):
            return False
        if rule.code is Code.CURE_GUARANTEE and holds(self._contexts["story"], sentence):
            return False
        if not rule.negated and holds(self._contexts["negation"], before):
            return False
        return rule.question or not self._asked(sentence, holds)

    def _asked(self, sentence: str, holds: Callable[[Pattern | None, str], bool]) -> bool:
        """A question asks and promises nothing ('Bệnh trĩ có chữa dứt điểm được không?')."""
        return holds(self._contexts["question"], sentence)
