"""What joins the experts: a judged text, the registry's answers on whom it names, and the findings that follow.

``Checker`` asks the registry and turns 'no' facts into findings; a fact that is 'unknown' never becomes one.
``LeadReader`` reads the rows back as the leads that cases are built from.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from cases.types import Citation, EvidenceRef, Lead, LeadFinding, PenaltyBand, RegistryAnswer
from classifier.policy import Finding, Penalty, Policy
from classifier.types import Document, Hit
from models import tables
from models.vocabulary import Domain, MentionKind, Party, Stage, Verdict
from pipeline.accusations import Asked, accusations, confirmation_signs, law_domains, namesake, put
from pipeline.from_pictures import with_remark
from pipeline.lead_keys import keys_of
from pipeline.origin import origin_vi
from registry.confirmations import ConfirmationRegister, Shown
from registry.matcher import Matcher
from registry.mentions import MENTIONS_VERSION, find_mentions
from registry.passages import Passage, passages
from registry.prices import PriceRegister
from registry.types import Confirmation, DeclaredPrice, Match, Mention, Query

#: Characters of context shown on each side of a quote.
_CONTEXT = 160
_EXCERPT = 1_200


@dataclass(frozen=True, slots=True)
class Judged:
    """A text with what the score stage said of it: whether it is a health ad, and its product classes."""

    document: Document
    is_ad: bool
    domains: tuple[Domain, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """One question to the registry and its answer. ``named`` is how the advertisement writes the name."""

    query: Query
    match: Match
    named: str
    record_name: str
    primary: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that the match stage learns of one advertisement."""

    mentions: tuple[Mention, ...]
    answers: tuple[Answered, ...]
    findings: tuple[Finding, ...]


#: Raised when the same registry may give other answers, signs or remarks: results are keyed by it.
_CHECKS_VERSION = "2"

#: Numbers of confirmations and registrations asked about in one advertisement: a price list may hold hundreds.
_MOST_NUMBERS = 20


class Checker:
    """Asks the registry about whom an advertisement names. ``matcher`` is ``None`` when no registry was imported.

    ``confirmations`` and ``prices`` are the other two registers; either may be empty.
    """

    def __init__(
        self,
        matcher: Matcher | None,
        policy: Policy,
        registry_version: str,
        *,
        confirmations: Iterable[Confirmation] = (),
        prices: Iterable[DeclaredPrice] = (),
    ) -> None:
        self._matcher = matcher
        self._policy = policy
        self._confirmations = ConfirmationRegister(confirmations)
        self._prices = PriceRegister(prices)
        matcher_version = "none" if matcher is None else matcher.version
        self.version = (
            f"mentions-{MENTIONS_VERSION}+checks-{_CHECKS_VERSION}+matcher-{matcher_version}"
            f"+registry-{registry_version}"
        )

    def check(self, judged: Judged) -> Checked:
        """Find the mentions, ask the registry where the text is a health ad, and make findings of the facts."""
        document = judged.document
        mentions = tuple(find_mentions(document.text, document.main_end))
        if not judged.is_ad:
            return Checked(mentions, (), ())
        named = passages(document.text, mentions, document.main_end, as_of=document.shown_on, seen_on=document.seen_on)
        domains = law_domains(judged.domains, named)
        answered, hits = self._licensed(document, mentions, named, domains)
        for answer, signs in self._confirmed(document, mentions):
            answered.append(answer)
            hits.extend(signs)
        found = (self._policy.finding(hit, document.shown_on, domains) for hit in hits)
        return Checked(mentions, tuple(answered), tuple(f for f in found if f is not None))

    def _licensed(
        self, document: Document, mentions: Sequence[Mention], named: Sequence[Passage], domains: frozenset[Domain]
    ) -> tuple[list[Answered], list[Hit]]:
        """Ask about people and places, places first: a person's workplace may be known by the place's number."""
        matcher = self._matcher
        if matcher is None:
            return [], []
        matches: dict[str, Match] = {}
        asked = {passage.query.id: put(document, passage, mentions) for passage in named}
        for passage in sorted(named, key=lambda each: each.query.kind is MentionKind.PRACTITIONER):
            one = asked[passage.query.id]
            if passage.query.kind is MentionKind.PRACTITIONER:
                place = _place_of(passage, named, matches)
                if place and place.decision is Verdict.MATCHED:
                    ids = tuple(filter(None, (place.registry_id, place.licence_no)))
                    one = asked[passage.query.id] = replace(one, query=replace(one.query, places=ids))
                match = matcher.match(one.query)
                if place and place.decision is Verdict.NOT_FOUND:
                    match = namesake(match, one, matcher.match)
            else:
                match = self._priced(matcher.match(one.query), passage, document, mentions)
            matches[passage.query.id] = match
        answered, hits = [], []
        for passage in named:
            one, match = asked[passage.query.id], matches[passage.query.id]
            answered.append(_answered(one, match))
            hits.extend(accusations(document, one, match, domains, matcher.match))
        return answered, hits

    def _priced(self, match: Match, passage: Passage, document: Document, mentions: Sequence[Mention]) -> Match:
        """Add the remarks on prices to the answer about the advertiser's own facility."""
        if not passage.primary or match.decision is not Verdict.MATCHED or not self._prices:
            return match
        remarks = self._prices.remarks(match.licence_no, document.text, mentions, document.shown_on)
        return replace(match, reasons=(*match.reasons, *(remark.said for remark in remarks)))

    def _confirmed(self, document: Document, mentions: Sequence[Mention]) -> Iterator[tuple[Answered, list[Hit]]]:
        """Yield the register's answer on each confirmation or registration number, with the signs that follow."""
        if not self._confirmations:
            return
        shown = Shown(document.text, document.title, document.shown_on)
        numbers = [m for m in mentions if m.kind in _NUMBERS]
        for at, number in enumerate(list({m.value: m for m in reversed(numbers)}.values())[::-1][:_MOST_NUMBERS]):
            checked = self._confirmations.check(f"c{at}", number, shown)
            if number.kind is MentionKind.PRODUCT_REGISTRATION and checked.record is None:
                continue  # a register of confirmations need not hold registrations: silence is no answer
            query = Query(f"c{at}", number.kind, number.context or number.text, document.shown_on)
            product = checked.record.product if checked.record else ""
            answer = Answered(query, checked.match, number.text, product, primary=False)
            yield answer, confirmation_signs(document, number, checked)


_NUMBERS = frozenset({MentionKind.CONFIRMATION_NO, MentionKind.PRODUCT_REGISTRATION})


def _place_of(passage: Passage, named: Sequence[Passage], matches: Mapping[str, Match]) -> Match | None:
    """The answer on the facility at which the advertisement puts a person: the one it names, else the page's own."""
    places = [each for each in named if each.query.kind is MentionKind.FACILITY]
    stated = [each for each in places if passage.facility and each.facility == passage.facility]
    own = [each for each in places if each.primary] if passage.primary and not passage.facility else []
    return next((matches[each.query.id] for each in stated or own if each.query.id in matches), None)


def _answered(asked: Asked, match: Match) -> Answered:
    name = next((c.name for c in match.candidates if c.registry_id == match.registry_id), "")
    return Answered(asked.query, match, asked.passage.mention.text, name, asked.passage.primary)


class LeadReader:
    """Reads leads for cases, in the findings of one (score version, match version)."""

    def __init__(self, opened: Session, versions: tuple[str, str]) -> None:
        self._session = opened
        self._versions = versions

    def current(self) -> list[Lead]:
        """Return the leads that stand: advertisements not replaced by a later text, with at least one finding."""
        ads = self._session.exec(
            select(tables.Advertisement)
            .where(
                col(tables.Advertisement.superseded_at).is_(None),
                col(tables.Advertisement.id).in_(
                    select(tables.Finding.advertisement_id).where(self._of_versions(tables.Finding))
                ),
            )
            .order_by(col(tables.Advertisement.id))
        ).all()
        return self._leads(ads)

    def of(self, ad_ids: Iterable[int]) -> list[Lead]:
        """Return the leads of these advertisements, also those without a finding in these versions."""
        ids = list(ad_ids)
        ads = self._session.exec(
            select(tables.Advertisement)
            .where(col(tables.Advertisement.id).in_(ids))
            .order_by(col(tables.Advertisement.id))
        ).all()
        return self._leads(ads)

    def _of_versions(self, table: type[tables.Finding]) -> Any:
        score, match = self._versions
        return or_(
            (col(table.stage) == Stage.SCORE) & (col(table.version) == score),
            (col(table.stage) == Stage.MATCH) & (col(table.version) == match),
        )

    def _leads(self, ads: Sequence[tables.Advertisement]) -> list[Lead]:
        ids = [ad.id for ad in ads if ad.id is not None]
        findings = self._by_ad(tables.Finding, self._of_versions(tables.Finding), ids)
        assessments = self._by_ad(tables.Assessment, tables.Assessment.version == self._versions[0], ids)
        answers = self._by_ad(tables.RegistryAnswer, tables.RegistryAnswer.version == self._versions[1], ids)
        mentions = self._by_ad(tables.Mention, tables.Mention.version == self._versions[1], ids)
        owners = self._owners(row.value for rows in mentions.values() for row in rows)
        replaced = self._replaced(ads)
        captures = self._captures({ad.capture_id for ad in ads if ad.capture_id is not None})
        leads = [
            _lead(
                ad,
                findings[ad.id],
                next(iter(assessments[ad.id]), None),
                [row for row in answers[ad.id] if row.primary or row.kind is not MentionKind.FACILITY],
                mentions[ad.id],
                captures.get(ad.capture_id or 0),
                owners,
            )
            for ad in ads
            if ad.id is not None
        ]
        return [
            replace(lead, replaces=tuple(before)) if (before := self._before(replaced, ad)) else lead
            for lead, ad in zip(leads, ads, strict=True)
        ]

    @staticmethod
    def _before(replaced: Mapping[tuple[str, int], Sequence[int]], ad: tables.Advertisement) -> list[int]:
        return [number for number in replaced.get((ad.url, ad.part), ()) if number < (ad.id or 0)]

    def _by_ad(self, table: Any, condition: Any, ids: Sequence[int]) -> defaultdict[int, list[Any]]:
        found: defaultdict[int, list[Any]] = defaultdict(list)
        for start in range(0, len(ids), 500):
            chunk = ids[start : start + 500]
            query = select(table).where(condition, table.advertisement_id.in_(chunk)).order_by(table.id)
            for row in self._session.exec(query):
                found[row.advertisement_id].append(row)
        return found

    def _owners(self, numbers: Iterable[str]) -> dict[str, str]:
        """Return whose licence each number is, for the numbers that the registry knows (number → record id)."""
        wanted = sorted({number for number in numbers if "/" in number})
        owners: dict[str, str] = {}
        for start in range(0, len(wanted), 500):
            query = select(tables.RegistryRecord.licence_no, tables.RegistryRecord.record_id).where(
                col(tables.RegistryRecord.until_snapshot_id).is_(None),
                col(tables.RegistryRecord.licence_no).in_(wanted[start : start + 500]),
            )
            for number, record in self._session.execute(query):
                owners[number] = record
        return owners

    def _replaced(self, ads: Sequence[tables.Advertisement]) -> dict[tuple[str, int], list[int]]:
        """Return the replaced texts, oldest first, of pages of which a person placed one: only those are followed."""
        placed = select(tables.CaseLink.advertisement_id).where(tables.CaseLink.placed_by != "")
        old = select(tables.Advertisement.url, tables.Advertisement.part, tables.Advertisement.id).where(
            col(tables.Advertisement.superseded_at).is_not(None), col(tables.Advertisement.id).in_(placed)
        )
        pages = {ad.url for ad in ads}
        found: dict[tuple[str, int], list[int]] = defaultdict(list)
        for url, part, number in self._session.execute(old.order_by(col(tables.Advertisement.id))):
            if url in pages:
                found[url, part].append(number)
        return found

    def _captures(self, ids: set[int]) -> dict[int, tables.Capture]:
        wanted = sorted(ids)
        found: dict[int, tables.Capture] = {}
        for start in range(0, len(wanted), 500):
            query = select(tables.Capture).where(col(tables.Capture.id).in_(wanted[start : start + 500]))
            found.update({row.id: row for row in self._session.exec(query) if row.id is not None})
        return found


def _lead(
    ad: tables.Advertisement,
    findings: Sequence[tables.Finding],
    assessment: tables.Assessment | None,
    answers: Sequence[tables.RegistryAnswer],
    mentions: Sequence[tables.Mention],
    capture: tables.Capture | None,
    owners: Mapping[str, str],
) -> Lead:
    assert ad.id is not None
    return Lead(
        ad_id=ad.id,
        url=ad.url,
        title=ad.title,
        source=ad.source,
        shown_on=assessment.shown_on if assessment else ad.first_seen_at.date(),
        first_seen_at=ad.first_seen_at,
        last_seen_at=ad.last_seen_at,
        risk=assessment.risk if assessment else 0.0,
        domains=tuple(Domain(d) for d, value in (assessment.domains if assessment else {}).items() if value >= 0.5),
        findings=tuple(_lead_finding(ad, finding) for finding in findings),
        keys=tuple(keys_of(ad, answers, mentions, owners)),
        registry=tuple(_registry_answer(answer) for answer in answers),
        evidence=() if capture is None else (_evidence(capture),),
        text_excerpt=ad.text[:_EXCERPT],
        origin=origin_vi(ad.channel, ad.details),
    )


def _lead_finding(ad: tables.Advertisement, row: tables.Finding) -> LeadFinding:
    return LeadFinding(
        code=row.code,
        probability=row.probability,
        method=row.method,
        quote=row.quote,
        context_before=ad.text[max(0, row.start_at - _CONTEXT) : row.start_at] if row.quote else "",
        context_after=ad.text[row.end_at : row.end_at + _CONTEXT] if row.quote else "",
        sought=tuple(row.sought),
        where=tuple(row.looked_in),
        reason=with_remark(row.reason, ad.details, row.start_at, row.end_at) if row.quote else row.reason,
        provisions=tuple(Citation(**provision) for provision in row.law["provisions"]),
        penalty=_band(row.law["penalty"], row.law.get("penalty_note", "")),
    )


def _band(stored: Mapping[str, Any] | None, remark: str) -> PenaltyBand | None:
    if stored is None:
        return None
    penalty = Penalty.model_validate(stored)
    return PenaltyBand(
        instrument=penalty.instrument,
        article=penalty.article,
        individual=penalty.band(Party.INDIVIDUAL),
        organisation=penalty.band(Party.ORGANISATION),
        usual_individual=penalty.usual(Party.INDIVIDUAL),
        verified=penalty.verified,
        extra_sanction=penalty.extra_sanction or "",
        note=" ".join(filter(None, (penalty.note, remark))),
    )


def _registry_answer(row: tables.RegistryAnswer) -> RegistryAnswer:
    return RegistryAnswer(
        kind=row.kind.value,
        named=row.named,
        decision=row.decision,
        record_name=row.record_name,
        licence_no=row.licence_no,
        probability=row.probability,
        exists=row.exists,
        in_force=row.in_force,
        at_place=row.at_place,
        within_scope=row.within_scope,
        reasons=tuple(row.reasons),
    )


def _evidence(row: tables.Capture) -> EvidenceRef:
    return EvidenceRef(
        url=row.url,
        captured_at=row.captured_at,
        status=row.status,
        warc=row.warc,
        record_id=row.record_id,
        payload_sha256=row.payload_sha256,
        entry_sha256=row.entry_sha256,
        seq=row.seq,
        offset=row.warc_offset,
        length=row.warc_length,
    )
