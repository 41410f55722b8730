"""Answers one question: which record of the registry does this passage of an advertisement name, if any.

Every record that shares enough of the name, or an exact number, is scored by the summed log-odds of its features, and
so is the answer 'nobody in the registry'. Their softmax is the posterior: it is ``matched`` where one record holds
nearly all of it, ``ambiguous`` where several do, ``not_found`` where nobody does.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.vocabulary import Answer, MentionKind, Verdict
from registry import compare, facts, nobody, reasons
from registry.brands import brands_of
from registry.explain import Explanation, Step
from registry.facts import Coverage, Fact
from registry.index import PlaceIndex, registry_licence
from registry.index_people import PeopleIndex
from registry.names import Fit
from registry.passage import PHARMACIST, Passage, clean, gazetteer_of, plain, read_passage
from registry.question import PersonQuestion
from registry.reading import Reading
from registry.scored import Scored
from registry.seek_people import PeopleSeeker
from registry.seek_places import PlaceQuestion, PlaceSeeker
from registry.techniques import find_techniques, techniques_table
from registry.types import Candidate, Facility, Facts, Match, Practitioner, Query
from registry.weights import Thresholds, Weights, load_weights

_WORD = re.compile(r"[a-z0-9+]+")

#: Raised when the code that reads passages or compares changes what the same weights decide.
CODE_VERSION = "2"

#: Log-odds under the best record within which others are listed beside it, and how many are listed: 97 % of the 1,560
#: ambiguous mentions of the benchmark (train and dev, 2026-11) had their whole set among these (5.0 and 400: 95 %).
_EQUAL = 6.0
_LISTED, _LISTED_AMBIGUOUS = 5, 1000


@dataclass(frozen=True, slots=True)
class _Ranked:
    """The posterior over the candidates, best first, and that of 'nobody'."""

    order: tuple[int, ...]
    probability: Mapping[int, float]
    scores: Mapping[int, float]
    nobody: float


class Matcher:
    """Matches passages against one registry. Building takes seconds and reads nothing but its arguments.

    ``version`` names code, weights and, where given, the registry; it changes whenever an answer may.
    """

    def __init__(
        self,
        practitioners: Sequence[Practitioner],
        facilities: Sequence[Facility],
        *,
        version: str = "",
        weights: Weights | None = None,
    ) -> None:
        self.weights = weights or load_weights()
        self.version = "-".join(part for part in (CODE_VERSION, self.weights.digest, version) if part)
        self._practitioners, self._facilities = practitioners, facilities
        self._places_index = PlaceIndex(facilities)
        self._people_index = PeopleIndex(practitioners, self._places_index)
        self._places_index.finish()
        self._places = PlaceSeeker(self._places_index, self.weights.places)
        self._people = PeopleSeeker(self._people_index, self._places, self.weights.people)
        workplaces = [place for person in practitioners for place in person.workplaces]
        self._gazetteer = gazetteer_of(
            {f.district for f in facilities} | {w.district for w in workplaces},
            {f.ward for f in facilities} | {w.ward for w in workplaces},
        )
        held = [p.licence_no for p in practitioners[:5000]] + [f.licence_no for f in facilities[:5000]]
        numbers = [registry_licence(number) for number in held]
        self._coverage = Coverage(frozenset(number.region for number in numbers if number))

    def match(self, query: Query) -> Match:
        """Return the registry's answer to ``query`` (a practitioner or a facility)."""
        return self._person(query)[0] if query.kind is MentionKind.PRACTITIONER else self._place(query)[0]

    def match_many(self, queries: Iterable[Query]) -> Iterator[Match]:
        """Yield the answers in the order of the queries."""
        return map(self.match, queries)

    def explain(self, query: Query) -> Explanation:
        """Return the answer with the say of each feature for the best candidate."""
        if query.kind is MentionKind.PRACTITIONER:
            match, ranked, keys = self._person(query)
            weights = self.weights.people
        else:
            match, ranked, keys = self._place(query)
            weights = self.weights.places
        if not ranked.order:
            return Explanation(match, "", (), 0.0)
        steps = tuple(
            Step(key.split(".")[0], compare.meaning(key), key.partition(".")[2], weights.get(key, 0.0)) for key in keys
        )
        return Explanation(match, match.candidates[0].registry_id, steps, sum(step.log_odds for step in steps))

    def nobody_keys(self, asked: PersonQuestion | PlaceQuestion) -> list[str]:
        """Return the weight keys of the answer that the registry holds nobody like this."""
        if isinstance(asked, PersonQuestion):
            return nobody.person_keys(asked, self._people.word_counts(asked), len(self._practitioners))
        return nobody.place_keys(asked, self._places.word_counts(asked), len(self._places_index.brands))

    def features(
        self, text: str, kind: MentionKind, most: int, wanted: frozenset[str]
    ) -> tuple[list[list[str]], list[str]]:
        """Return the weight keys of the best ``most`` candidates (and of ``wanted`` ids), last those of 'nobody'.

        For learning the weights; the second list names the candidates.
        """
        passage = read_passage(text, kind, self._gazetteer)
        asked: PersonQuestion | PlaceQuestion
        if kind is MentionKind.PRACTITIONER:
            asked = self._people.ask(passage)
            last = self.nobody_keys(asked)
            scores = self._people.candidates(asked, sum(self.weights.people.get(key, 0.0) for key in last)).as_dict()
            ids = {record: self._practitioners[record].id for record in scores}
        else:
            asked = self._places.ask(passage)
            last = self.nobody_keys(asked)
            scores = self._places.candidates(asked).as_dict()
            ids = {record: self._facilities[record].id for record in scores}
        best = sorted(scores, key=lambda record: -scores[record])
        kept = best[:most] + [record for record in best[most:] if ids[record] in wanted]
        keys = [
            self._people.keys(asked, r) if isinstance(asked, PersonQuestion) else self._places.keys_of(asked, r)
            for r in kept
        ]
        return [*keys, last], [ids[record] for record in kept]

    # --- people ------------------------------------------------------------------------------------------------

    def _person(self, query: Query) -> tuple[Match, _Ranked, list[str]]:
        passage = read_passage(query.text, MentionKind.PRACTITIONER, self._gazetteer)
        asked = self._people.ask(passage)
        weights = self.weights.people
        nobody_score = sum(weights.get(key, 0.0) for key in self.nobody_keys(asked))
        scores = self._people.candidates(asked, nobody_score)
        ranked = _rank(scores, nobody_score)
        verdict = _verdict(ranked, self.weights.people_thresholds)
        keys = self._people.keys(asked, ranked.order[0]) if ranked.order else []
        if verdict is Verdict.MATCHED and (
            _clashes(self._people.fit_of(asked, ranked.order[0]), asked.words, self._people_index)
            or compare.outvoted(keys)
        ):
            verdict = Verdict.NOT_FOUND
        return self._person_answer(query, asked, ranked, verdict, keys), ranked, keys

    def _person_answer(
        self, query: Query, asked: PersonQuestion, ranked: _Ranked, verdict: Verdict, keys: list[str]
    ) -> Match:
        people = self._practitioners
        listed = tuple(
            Candidate(people[r].id, people[r].full_name, round(ranked.probability[r], 4), people[r].licence_no)
            for r in _listed(ranked, verdict)
        )
        said: list[str] = []
        if ranked.order and verdict is not Verdict.NOT_FOUND:
            best = ranked.order[0]
            said.append(self._names(asked, best))
        if verdict is Verdict.MATCHED:
            record = people[ranked.order[0]]
            said += reasons.context_reasons(keys)
            level = next((key.partition(".")[2] for key in keys if key.startswith("workplace.")), "silent")
            places = [place.name for place in record.workplaces]
            answers = (
                (Answer.YES, ""),
                facts.in_force(record, query.as_of, query.seen_on),
                facts.at_workplace(
                    level,
                    asked.passage.clinic,
                    places,
                    by="Số điện thoại" if "phone.own" in keys else facts.by_number(query.places, record),
                    akin=_akin(asked.passage.clinic, places) and not _another(asked),
                ),
                facts.within_scope(_techniques(query), record.scope),
            )
            return self._matched(query, record, ranked, answers, said, listed)
        if verdict is Verdict.AMBIGUOUS:
            return self._ambiguous(query, ranked, said, listed)
        return self._nobody(
            query, asked.passage, ranked, len(asked.words) >= 3, "người hành nghề", self._borrowed(asked), listed
        )

    def _names(self, asked: PersonQuestion, record: int) -> str:
        fit = self._people.fit_of(asked, record)
        registered = self._practitioners[record].full_name.split()
        words = [word for word, _ in asked.words]
        if len(registered) != self._people_index.lengths[self._people_index.group[record]]:
            return f"Quảng cáo ghi «{' '.join(words)}»; sổ đăng ký ghi «{' '.join(registered)}»."
        return reasons.side_by_side(words, registered, fit)

    def _borrowed(self, asked: PersonQuestion) -> str:
        licence = asked.passage.licence
        if not licence or not asked.holders:
            return ""
        holder = self._practitioners[min(asked.holders)]
        return reasons.borrowed(holder.licence_no, holder.full_name, asked.passage.name)

    # --- places ------------------------------------------------------------------------------------------------

    def _place(self, query: Query) -> tuple[Match, _Ranked, list[str]]:
        passage = read_passage(query.text, MentionKind.FACILITY, self._gazetteer)
        asked = self._places.ask(passage)
        weights = self.weights.places
        nobody_score = sum(weights.get(key, 0.0) for key in self.nobody_keys(asked))
        ranked = _rank(self._places.candidates(asked), nobody_score)
        verdict = _verdict(ranked, self.weights.places_thresholds)
        keys: list[str] = []
        if ranked.order:
            keys = self._places.keys_of(asked, ranked.order[0])
            named = bool(self._places.fit_of(asked, ranked.order[0])[1].pairs) and not compare.outvoted(keys)
            if verdict is Verdict.MATCHED and not named:
                verdict = Verdict.NOT_FOUND  # a number or an address never stands for a name
        return self._place_answer(query, asked, ranked, verdict, keys), ranked, keys

    def _place_answer(
        self, query: Query, asked: PlaceQuestion, ranked: _Ranked, verdict: Verdict, keys: list[str]
    ) -> Match:
        places = self._facilities
        listed = tuple(
            Candidate(
                places[r].id,
                places[r].trade_name or places[r].legal_name,
                round(ranked.probability[r], 4),
                places[r].licence_no,
            )
            for r in _listed(ranked, verdict)
        )
        said: list[str] = []
        if ranked.order and verdict is not Verdict.NOT_FOUND:
            said.append(self._brands(asked, ranked.order[0]))
        if verdict is Verdict.MATCHED:
            record = places[ranked.order[0]]
            said += reasons.context_reasons(keys)
            return self._matched(query, record, ranked, self._place_facts(query, asked, record, keys), said, listed)
        if verdict is Verdict.AMBIGUOUS:
            return self._ambiguous(query, ranked, said, listed)
        licence = asked.passage.licence
        borrowed = ""
        if licence and asked.licence_places:
            holder = places[min(asked.licence_places)]
            borrowed = reasons.borrowed_place(
                holder.licence_no, holder.trade_name or holder.legal_name, asked.passage.name
            )
        return self._nobody(query, asked.passage, ranked, bool(asked.words), "cơ sở", borrowed, listed)

    def _place_facts(self, query: Query, asked: PlaceQuestion, record: Facility, keys: list[str]) -> tuple[Fact, ...]:
        level = dict(key.split(".", 1) for key in keys)
        passage = asked.passage
        stated = ", ".join(
            part for part in (f"{passage.house} {passage.street}".strip(), passage.ward, passage.district) if part
        )
        registered = record.address or ", ".join(part for part in (record.ward, record.district) if part)
        return (
            (Answer.YES, ""),
            facts.in_force(record, query.as_of, query.seen_on),
            facts.at_address(
                level.get("address", "silent"),
                level.get("area_district", "silent"),
                level.get("area_ward", "silent"),
                stated,
                registered,
            ),
            facts.within_scope(_techniques(query), f"{record.scope}; {record.services}"),
        )

    def _brands(self, asked: PlaceQuestion, place: int) -> str:
        brand, fit = self._places.fit_of(asked, place)
        record = self._facilities[place]
        if brand < 0:
            return f"Quảng cáo ghi «{asked.passage.name}»; sổ đăng ký ghi «{record.legal_name}»."
        words = [word for word, _ in asked.words]
        return reasons.side_by_side(
            words, self._places_index.accented[brand], fit, f" Tên đầy đủ trong sổ: «{record.legal_name}»."
        )

    # --- the three answers -------------------------------------------------------------------------------------

    def _matched(
        self,
        query: Query,
        record: Practitioner | Facility,
        ranked: _Ranked,
        answers: Sequence[Fact],
        said: list[str],
        listed: tuple[Candidate, ...],
    ) -> Match:
        probability = self.weights.calibrated(ranked.probability[ranked.order[0]])
        told = (*said, *(reason for _, reason in answers if reason), *record.notes)
        return Match(
            query.id,
            Verdict.MATCHED,
            round(probability, 4),
            Facts(*(answer for answer, _ in answers)),
            record.id,
            record.licence_no,
            told,
            listed,
        )

    def _ambiguous(self, query: Query, ranked: _Ranked, said: list[str], listed: tuple[Candidate, ...]) -> Match:
        told = f"Có {len(listed)} hồ sơ có thể là đối tượng được nêu; thông tin trong quảng cáo không đủ để phân biệt."
        return Match(
            query.id,
            Verdict.AMBIGUOUS,
            round(1.0 - ranked.nobody, 4),
            Facts(),
            reasons=(told, *said),
            candidates=listed,
        )

    def _nobody(
        self,
        query: Query,
        passage: Passage,
        ranked: _Ranked,
        full_name: bool,
        subject: str,
        borrowed: str,
        listed: tuple[Candidate, ...],
    ) -> Match:
        answer, reason = facts.absent(
            passage.licence, full_name, self._coverage, subject, pharmacist=passage.profession == PHARMACIST
        )
        told = [reason, borrowed]
        if listed and not borrowed:  # else the holder of the number would be named after all
            told.append(f"Hồ sơ gần nhất là «{listed[0].name}», nhưng chưa đủ căn cứ để coi là một.")
        return Match(
            query.id,
            Verdict.NOT_FOUND,
            round(ranked.nobody, 4),
            Facts(exists=answer),
            reasons=tuple(filter(None, told)),
            candidates=listed,
        )


def _akin(stated: str, registered: Sequence[str]) -> bool:
    """Whether the stated clinic's brand shares a telling word with that of a registered workplace."""
    said, *held = ({token for brand in brands_of(name) for _, token in brand} for name in (stated, *registered))
    return any((said & words) - compare.TAIL_WORDS for words in held)


def _another(asked: PersonQuestion) -> bool:
    """Whether the stated clinic is clearly some place of the registry."""
    return any(level in {"same", "tail"} for level in (asked.clinic or {}).values())


def _techniques(query: Query) -> tuple[str, ...]:
    """The techniques that the question names, else those that its text does."""
    if query.techniques or not _heads() & set(_WORD.findall(plain(clean(query.text[:2000])))):
        return query.techniques
    return tuple(dict.fromkeys(mention.value for mention in find_techniques(Reading(query.text[:2000]))))


@lru_cache(maxsize=1)
def _heads() -> frozenset[str]:
    """The first words of all techniques: a text without any of them names none."""
    return frozenset(word.split()[0] for word in techniques_table().by_word)


def _rank(scored: Scored, nobody_score: float) -> _Ranked:
    records, scores = scored.records, scored.scores
    top = max(scored.best(), nobody_score)
    weighed = np.exp(scores.astype(np.float64) - top)
    nothing = float(np.exp(nobody_score - top))
    total = float(weighed.sum()) + nothing
    most = min(_LISTED_AMBIGUOUS, len(scores))
    chosen = np.argpartition(-scores, most - 1)[:most] if most < len(scores) else np.arange(len(scores))
    order = chosen[np.lexsort((records[chosen], -scores[chosen]))]
    numbers = records[order].tolist()
    return _Ranked(
        tuple(numbers),
        dict(zip(numbers, (weighed[order] / total).tolist(), strict=True)),
        dict(zip(numbers, scores[order].tolist(), strict=True)),
        nothing / total,
    )


def _verdict(ranked: _Ranked, thresholds: Thresholds) -> Verdict:
    found = 1.0 - ranked.nobody
    if not ranked.order or found < thresholds.found:
        return Verdict.NOT_FOUND
    return Verdict.MATCHED if ranked.probability[ranked.order[0]] >= thresholds.one * found else Verdict.AMBIGUOUS


def _listed(ranked: _Ranked, verdict: Verdict) -> Sequence[int]:
    if verdict is not Verdict.AMBIGUOUS:
        return ranked.order[:_LISTED]
    floor = ranked.scores[ranked.order[0]] - _EQUAL
    equal = [record for record in ranked.order if ranked.scores[record] >= floor]
    return equal if len(equal) > 1 else ranked.order[:2]


def _clashes(fit: Fit, words: Sequence[tuple[str, str]], index: PeopleIndex) -> bool:
    """Whether the names differ clearly: the ad has a name-word of its own where the record has another."""
    if not fit.pairs:
        return True
    known = sum(words[i][1] in index.vocabulary.ids for i in fit.extra)
    return known > 0 and bool(fit.missing)
