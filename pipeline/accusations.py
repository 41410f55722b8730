"""From the registry's facts to signs of violation. An 'unknown' never becomes one, nor does a doubtful 'no'.

The text only proposes; what is proposed here an inspector has to check. So each rule leans towards silence: a wrong
accusation costs a clinic its name and a reviewer her trust.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from classifier.types import Document, Hit, Span
from models.vietnamese import folded
from models.vocabulary import Answer, Code, Domain, MentionKind, Method, Verdict
from registry.confirmations import Checked
from registry.facts import NO_PLACE_STATED
from registry.passages import Passage
from registry.techniques import invasive, scopes_for
from registry.types import Match, Mention, Query

_SERVICES = frozenset({Domain.SERVICE, Domain.COSMETIC_SURGERY})

#: Tests and imaging that support other specialities: whether a clinic may do them stands on its technique list, which
#: the registry files do not carry, so their scope accuses nobody.
_DIAGNOSTIC = frozenset({"Chẩn đoán hình ảnh", "Xét nghiệm y học"})

#: Words before a technique, in the same sentence, that say it is not offered here: refused, referred, explained.
_NOT_OFFERED = re.compile(
    r"khong (?:thuc hien|nhan|lam|co|cung cap|trien khai|phai|nen|duoc)|chua (?:trien khai|thuc hien|duoc)|"
    r"chuyen (?:den|sang|toi|khach|nguoi benh|benh nhan|tuyen|vien)|gioi thieu (?:den|sang|toi)|phoi hop|lien ket|"
    r"hop tac|ngung|dung (?:thuc hien|dich vu)|khac voi|so voi|thay cho|truoc khi|sau khi|dang (?:dieu tri|dung|uong)|"
    r"tien su|da tung|neu ban|truong hop|benh vien"
)
_SENTENCE_END = re.compile(r"[.!?\n;•]")

#: An answer that is less sure than this is told in the dossier and accuses nobody.
_SURE = 0.5

#: Shops for drugs are licensed under another law and stand in another register: their absence here says nothing.
_PHARMACY = re.compile(
    r"\b(?:nha thuoc(?! (?:nam|bac|dong y|gia truyen|y hoc co truyen|co truyen))|quay thuoc|hieu thuoc|pharmacy|"
    r"drugstore)\b"
)
#: Names of places that treat people: their pages advertise a service whatever product they sell beside it.
_TREATING = re.compile(
    r"\b(?:phong kham|pkdk|pk|phong chan tri|benh vien|bv|nha khoa|tham my|tmv|vien|spa|clinic|dong y|dental|"
    r"trung tam|beauty center|da lieu)\b"
)

Ask = Callable[[Query], Match]


@dataclass(frozen=True, slots=True)
class Asked:
    """One passage as it was put to the registry: with only the techniques that the page offers."""

    passage: Passage
    query: Query
    techniques: tuple[Mention, ...]


def put(document: Document, passage: Passage, mentions: Sequence[Mention]) -> Asked:
    """Prepare a passage's question: techniques that are refused, referred, explained or diagnostic are left out.

    A technique counts when the title names it, a line begins with it (a list of services) or the main text names it
    twice: one word in passing advertises nothing.
    """
    found = [m for m in mentions if m.kind is MentionKind.TECHNIQUE and offered(document.text, m)]
    times = Counter(m.value for m in found)
    title = folded(document.title)
    prominent = {m.value for m in found if times[m.value] > 1 or folded(m.text) in title or _heads(document.text, m)}
    kept = tuple(t for t in passage.techniques if t.value in prominent and not _diagnostic(t.value))
    return Asked(passage, replace(passage.query, techniques=tuple(t.value for t in kept)), kept)


def _heads(text: str, technique: Mention) -> bool:
    line = text[text.rfind("\n", 0, technique.start) + 1 : technique.start]
    return not any(letter.isalnum() for letter in line)


def _diagnostic(technique: str) -> bool:
    scopes = scopes_for(technique)
    return scopes is not None and (scopes <= _DIAGNOSTIC or (bool(scopes & _DIAGNOSTIC) and not invasive(technique)))


def offered(text: str, technique: Mention) -> bool:
    """Say whether the words before ``technique``, in its sentence, leave it offered here."""
    before = text[max(0, technique.start - 160) : technique.start]
    sentence = _SENTENCE_END.split(before)[-1]
    return _NOT_OFFERED.search(folded(sentence)) is None


def law_domains(domains: Collection[Domain], passages: Sequence[Passage]) -> frozenset[Domain]:
    """Return the product classes whose law is asked: a page of a place that treats people advertises its service."""
    own = (p for p in passages if p.primary and p.query.kind is MentionKind.FACILITY)
    treats = any(_TREATING.search(folded(passage.mention.text)) for passage in own)
    return frozenset(domains) | ({Domain.SERVICE} if treats else frozenset())


def accusations(document: Document, asked: Asked, match: Match, domains: Collection[Domain], ask: Ask) -> list[Hit]:
    """Turn the facts that are 'no' into signs of violation.

    Of facilities only the advertiser's own counts, and only where a medical service is advertised: a supplement's page
    that names a hospital does not make the hospital unlicensed.
    """
    passage = asked.passage
    facility = passage.query.kind is MentionKind.FACILITY
    if facility and not (passage.primary and _SERVICES & set(domains)):
        return []
    if facility and _PHARMACY.search(folded(passage.mention.text)):
        return []
    return [*_licence(document, passage, match, facility), *_scope(document, asked, match, ask)]


def namesake(match: Match, asked: Asked, ask: Ask) -> Match:
    """Look for a person by name alone, where an unregistered workplace kept him from being found.

    He may be the one or use another's name: so it is said that the registered place is another, and that this has to
    be checked. Asked without any workplace, the registry would answer the same of him.
    """
    first = asked.query.text.partition("\n")[0]
    if match.decision is not Verdict.NOT_FOUND or match.facts.exists is not Answer.NO or first == asked.query.text:
        return match
    found = ask(replace(asked.query, text=first))
    if found.decision is Verdict.NOT_FOUND:
        return match
    where = asked.passage.facility or "cơ sở quảng cáo"
    said = (
        f"Sổ đăng ký không ghi người có họ tên này hành nghề tại «{where}», là cơ sở chưa tìm thấy trong sổ; cần xác "
        "minh có phải cùng một người hay không."
    )
    # What was said of the place when none was stated no longer holds.
    told = [reason for reason in found.reasons if reason != NO_PLACE_STATED]
    return replace(found, facts=replace(found.facts, at_place=Answer.NO), reasons=(*told, said))


def confirmation_signs(document: Document, number: Mention, checked: Checked) -> list[Hit]:
    """Turn a confirmation number that is not the register's, or not this product's, into a sign of violation.

    The number of a product's registration is told in the dossier only: no code of the taxonomy stands for it.
    """
    facts = checked.match.facts
    refused = Answer.NO in (facts.exists, facts.in_force, facts.within_scope)
    if number.kind is not MentionKind.CONFIRMATION_NO or not refused or checked.sure < _SURE:
        return []
    quote = Span.of(document.text, number.start, number.end)
    reason = " ".join(checked.match.reasons)
    return [Hit(Code.MISSING_CONFIRMATION_NUMBER, checked.sure, quote, Method.REGISTRY, reason)]


def _licence(document: Document, passage: Passage, match: Match, facility: bool) -> list[Hit]:
    facts = match.facts
    refused = Answer.NO in (facts.exists, facts.in_force, facts.at_place)
    if not refused or match.probability < _SURE:
        return []
    code = Code.UNLICENSED_FACILITY if facility else Code.UNLICENSED_PRACTITIONER
    quote = Span.of(document.text, passage.mention.start, passage.mention.end)
    return [Hit(code, match.probability, quote, Method.REGISTRY, " ".join(match.reasons))]


def _scope(document: Document, asked: Asked, match: Match, ask: Ask) -> list[Hit]:
    if match.facts.within_scope is not Answer.NO or match.decision is not Verdict.MATCHED:
        return []
    for technique in asked.techniques:
        alone = ask(replace(asked.query, techniques=(technique.value,)))
        if alone.facts.within_scope is Answer.NO:
            quote = Span.of(document.text, technique.start, technique.end)
            return [Hit(Code.BEYOND_SCOPE, match.probability, quote, Method.REGISTRY, " ".join(alone.reasons))]
    return []
