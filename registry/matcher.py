"""Answers one question: which record of the registry does this passage of an advertisement name, if any."""

import re
from collections.abc import Iterable, Iterator, Sequence

from models.vietnamese import folded
from models.vocabulary import Answer, MentionKind, Verdict
from registry.explain import Explanation
from registry.types import Candidate, Facility, Facts, Match, Practitioner, Query


class Matcher:
    """Thin first pass: a record is found by its exact folded name or licence number."""

    version = "thin-0"

    def __init__(
        self, practitioners: Sequence[Practitioner], facilities: Sequence[Facility], *, version: str = ""
    ) -> None:
        self._people: dict[str, list[Practitioner]] = {}
        for person in practitioners:
            self._people.setdefault(folded(person.full_name), []).append(person)
        self._places: dict[str, list[Facility]] = {}
        for place in facilities:
            for name in {folded(place.legal_name), folded(place.trade_name)} - {""}:
                self._places.setdefault(name, []).append(place)
        if version:
            self.version = version

    def match(self, query: Query) -> Match:
        """Return the registry's answer to ``query``."""
        names: dict[str, list[Practitioner]] | dict[str, list[Facility]]
        names = self._people if query.kind is MentionKind.PRACTITIONER else self._places
        words = re.findall(r"[^\W_]+", folded(query.text))
        spans = {" ".join(words[i : i + n]) for n in range(2, 12) for i in range(len(words) - n + 1)}
        best = max((span for span in spans if span in names), key=len, default="")
        held = names.get(best, [])
        candidates = tuple(
            Candidate(r.id, r.full_name if isinstance(r, Practitioner) else r.legal_name, 1 / len(held), r.licence_no)
            for r in held
        )
        if not held:
            return Match(
                query.id, Verdict.NOT_FOUND, 0.9, Facts(), reasons=("Không tìm thấy tên này trong sổ đăng ký.",)
            )
        if len(held) > 1:
            said = f"Có {len(held)} hồ sơ trùng tên; chưa đủ thông tin để phân biệt."
            return Match(
                query.id, Verdict.AMBIGUOUS, 0.9, Facts(exists=Answer.UNKNOWN), reasons=(said,), candidates=candidates
            )
        return Match(
            query.id,
            Verdict.MATCHED,
            0.9,
            Facts(exists=Answer.YES),
            held[0].id,
            held[0].licence_no,
            ("Trùng họ tên.",),
            candidates,
        )

    def match_many(self, queries: Iterable[Query]) -> Iterator[Match]:
        """Yield the answers in the order of the queries."""
        return map(self.match, queries)

    def explain(self, query: Query) -> Explanation:
        """Return the match with the say of each feature."""
        match = self.match(query)
        return Explanation(match, match.registry_id, (), 0.0)
