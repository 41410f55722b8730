"""From leads to cases: join one on file, or propose a new one, and say why each advertisement belongs to it.

What the machine never does: move an advertisement out of a case on file, add to a finished one, or merge two. Where two
cases on file turn out to be connected, each is told of the other and a person decides.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from cases.bonds import Bond, Groups, Identity, is_identity, join, said
from cases.policy import opens_case
from cases.priority import LIMITATION_YEARS, prioritise, registry_phrase
from cases.remarks import Before, before, by_key
from cases.triage import OPEN
from cases.types import CaseDraft, ExistingCase, KeyKind, Lead, Link, LinkKey
from cases.wording import has_address, local
from models.vocabulary import Code, Domain, Verdict

#: Reasons shown for one advertisement; the strongest first.
MAX_REASONS = 3

_STRENGTH = {kind: rank for rank, kind in enumerate(KeyKind)}


@dataclass(slots=True)
class _World:
    """The members that may join: open cases first, then leads. ``owner`` is the case on file of a member, if any."""

    cases: list[ExistingCase]
    leads: list[Lead]
    finished: Mapping[Identity, Sequence[ExistingCase]]
    keys: list[frozenset[Identity]] = field(default_factory=list)
    owner: dict[int, int] = field(default_factory=dict)
    display: dict[Identity, LinkKey] = field(default_factory=dict)
    bonds: tuple[Bond, ...] = ()
    bonds_of: dict[int, list[Bond]] = field(default_factory=lambda: defaultdict(list))
    shared: Mapping[Identity, int] = field(default_factory=dict)
    usable: Sequence[frozenset[Identity]] = ()
    listings: frozenset[int] = frozenset()
    today: date = date.max
    limitation_years: int = LIMITATION_YEARS

    def lead_of(self, member: int) -> Lead | None:
        """The lead of a member, or ``None`` for a case on file."""
        return self.leads[member - len(self.cases)] if member >= len(self.cases) else None

    def key(self, identity: Identity) -> LinkKey:
        """The key with its display."""
        return self.display.get(identity, LinkKey(*identity, identity[1]))


def _world(leads: Sequence[Lead], existing: Sequence[ExistingCase]) -> _World:
    ordered = sorted(existing, key=lambda case: case.case_id)
    finished = [case for case in ordered if case.status not in OPEN]
    taken = {ad_id for case in finished for ad_id in case.ad_ids}
    cases = [case for case in ordered if case.status in OPEN]
    on_file = {ad_id: position for position, case in reversed(list(enumerate(cases))) for ad_id in case.ad_ids}
    unique = {
        lead.ad_id: lead for lead in leads if lead.ad_id not in taken and (lead.findings or lead.ad_id in on_file)
    }
    world = _World(cases, [unique[ad_id] for ad_id in sorted(unique)], by_key(finished))
    world.keys = [case.keys for case in cases] + [frozenset(key.identity for key in x.keys) for x in world.leads]
    world.owner = {position: position for position in range(len(cases))}
    placed = {ad_id: position for position, case in enumerate(cases) for ad_id in case.placed}
    for position, lead in enumerate(world.leads, start=len(cases)):
        if lead.ad_id in on_file:
            world.owner[position] = on_file[lead.ad_id]
        elif before := [placed[ad_id] for ad_id in lead.replaces if ad_id in placed]:
            world.owner[position] = before[-1]  # the page was put there by a person; its text changed
        for key in lead.keys:
            world.display.setdefault(key.identity, key)
    return world


def _bind(world: _World) -> None:
    found = join(world.keys, first=len(world.cases))
    world.bonds, world.shared, world.usable, world.listings = found.bonds, found.shared, found.keys, found.listings
    for bond in found.bonds:
        for member in bond.members:
            world.bonds_of[member].append(bond)


def _assign(world: _World) -> dict[int, int]:
    """Give every free member the nearest case on file within its group (fewest bonds, then the lowest number)."""
    owner = dict(world.owner)
    queue = deque(sorted(owner, key=lambda member: (owner[member], member)))
    walked: set[int] = set()
    while queue:
        member = queue.popleft()
        for bond in world.bonds_of.get(member, ()):
            if id(bond) in walked:
                continue
            walked.add(id(bond))
            for other in bond.members:
                if other not in owner:
                    owner[other] = owner[member]
                    queue.append(other)
    return owner


def _links(world: _World, members: Sequence[int], case_id: int | None) -> tuple[Link, ...]:
    """The reasons of every advertisement; the first one of a new case needs none."""
    inside: dict[Bond, list[int]] = defaultdict(list)
    for member in members:
        for bond in world.bonds_of.get(member, ()):
            inside[bond].append(member)
    found: list[Link] = []
    for member in members:
        lead = world.lead_of(member)
        if lead is not None:
            found.extend([_founding(lead)] if case_id is None and not found else _reasons(world, lead, member, inside))
    return tuple(found)


def _reasons(world: _World, lead: Lead, member: int, inside: Mapping[Bond, Sequence[int]]) -> list[Link]:
    fellows = [bond for bond in world.bonds_of.get(member, ()) if len(inside[bond]) > 1]
    if not fellows:
        said_before = "nội dung mới của tin đã được xếp vào vụ việc" if lead.replaces else "đã thuộc vụ việc từ trước"
        return [Link(lead.ad_id, _own_key(lead), said_before)]
    return [_link(world, lead, member, bond, inside[bond]) for bond in _telling(fellows)[:MAX_REASONS]]


def _telling(found: Sequence[Bond]) -> list[Bond]:
    """The reasons that say most first: identity keys, then agreeing pairs, then places no pair has named already."""
    pairs = {key for bond in found if len(bond.keys) > 1 for key in bond.keys}
    kept = [bond for bond in found if len(bond.keys) > 1 or bond.keys[0] not in pairs]
    return sorted(kept, key=lambda bond: (not is_identity(bond.keys[0]), -len(bond.keys), _strength(bond)))


def _strength(bond: Bond) -> tuple[tuple[int, str], ...]:
    return tuple((_STRENGTH[kind], value) for kind, value in bond.keys)


def _own_key(lead: Lead) -> LinkKey:
    return LinkKey(KeyKind.TEXT, f"ad:{lead.ad_id}", lead.title)


def _founding(lead: Lead) -> Link:
    return Link(lead.ad_id, _own_key(lead), "tin quảng cáo đầu tiên của vụ việc")


def _link(world: _World, lead: Lead, member: int, bond: Bond, here: Sequence[int]) -> Link:
    keys = [world.key(identity) for identity in bond.keys]
    other = here[0] if here[0] != member else here[1]
    fellow = world.lead_of(other)
    whom = f"tin quảng cáo số {fellow.ad_id}" if fellow else f"vụ việc số {world.cases[other].case_id}"
    return Link(lead.ad_id, keys[0], f"{said(keys)} với {whom}")


def _subject(leads: Sequence[Lead], keys: Sequence[LinkKey]) -> tuple[str, str]:
    """The name under which a case is filed, and its kind: the registry's name, else the advertisement's own."""
    for kind in ("facility", "practitioner"):
        records = sorted(
            answer.record_name
            for lead in leads
            for answer in lead.registry
            if answer.kind == kind and answer.decision is Verdict.MATCHED and answer.record_name
        )
        named = [key.display or key.value for key in keys if key.kind is KeyKind.NAME]
        if records and (kind == "facility" or not named):
            return _commonest(records), kind
    shown = [key for lead in leads for key in lead.keys] or list(keys)
    medical = any(set(lead.domains) & _TREATING for lead in leads)
    for key_kind, kind in _SUBJECTS:
        if key_kind is KeyKind.PRACTITIONER and not medical:
            continue  # the professional who praises a product is not the one who sells it
        names = sorted(key.display or key.value for key in shown if key.kind is key_kind)
        if names:
            return _commonest(names), kind
    first = leads[0].url if has_address(leads[0].url) else ""
    return (leads[0].title or first or f"tin quảng cáo số {leads[0].ad_id}"), "advertisement"


_TREATING = frozenset({Domain.SERVICE, Domain.COSMETIC_SURGERY})
_SUBJECTS = (
    (KeyKind.NAME, "facility"),
    (KeyKind.FACILITY, "facility"),
    (KeyKind.PRACTITIONER, "practitioner"),
    (KeyKind.SITE, "site"),
    (KeyKind.PHONE, "phone"),
    (KeyKind.LICENCE, "licence"),
)


def _commonest(names: Sequence[str]) -> str:
    return max(sorted(set(names)), key=names.count)


def _codes(leads: Iterable[Lead]) -> tuple[Code, ...]:
    found = {finding.code for lead in leads for finding in lead.findings}
    return tuple(code for code in Code if code in found)


def _before(world: _World, keys: Sequence[LinkKey], subject: str) -> tuple[Before, ...]:
    return before([key for key in keys if key.identity not in world.shared], subject, world.finished)


def _kin_notes(world: _World, mine: int | None, cases: Iterable[int]) -> list[tuple[int, str]]:
    found = []
    parted = world.cases[mine].apart if mine is not None else frozenset()
    for other in sorted(set(cases) - {mine}):
        case = world.cases[other]
        if case.case_id in parted:
            continue  # a person has parted the two
        same = sorted((world.cases[mine].keys & case.keys) if mine is not None else (), key=lambda k: _STRENGTH[k[0]])
        why = said([world.key(same[0])]) if same else "có tin quảng cáo liên quan đến cả hai"
        text = f"Có thể cùng chủ thể với vụ việc số {case.case_id} ({why}): cần xem xét việc nhập hai vụ việc."
        found.append((case.case_id, text))
    return found


def _set_aside_notes(world: _World, members: Sequence[int]) -> list[str]:
    """Which keys and advertisements were not used to join, and why: what a person may want to judge differently."""
    shared = sorted({key for member in members for key in world.keys[member] if key in world.shared})
    notes = [
        f"Không dùng {said([world.key(key)]).removeprefix('cùng ')} để gộp tin: "
        f"xuất hiện ở {world.shared[key]} chủ thể khác nhau."
        for key in shared
    ]
    for member in members:
        lead = world.lead_of(member)
        if lead is not None and member in world.listings:
            notes.append(
                f"Tin quảng cáo số {lead.ad_id} nêu nhiều cơ sở khác nhau: không dùng số điện thoại, giấy phép "
                "trong tin này để gộp."
            )
    return notes


def _draft(world: _World, members: Sequence[int], kin: Iterable[int]) -> CaseDraft | None:
    position = members[0] if members[0] < len(world.cases) else None
    case = world.cases[position] if position is not None else None
    leads = [lead for member in members if (lead := world.lead_of(member)) is not None]
    if not leads or (case is None and not any(opens_case(lead) for lead in leads)):
        return None
    identities: frozenset[Identity] = frozenset().union(*(world.usable[member] for member in members))
    keys = tuple(sorted(map(world.key, identities), key=lambda key: (_STRENGTH[key.kind], key.value)))
    subject, kind = _subject(leads, keys)
    earlier = _before(world, keys, subject)
    related = [*_kin_notes(world, position, kin), *((each.case.case_id, each.text) for each in earlier)]
    case_id = case.case_id if case else None
    return CaseDraft(
        case_id=case_id,
        subject=subject,
        subject_kind=kind,
        ad_ids=tuple(sorted({lead.ad_id for lead in leads} | (case.ad_ids if case else frozenset()))),
        links=_links(world, members, case_id),
        keys=keys,
        priority=prioritise(leads, world.today, world.limitation_years, earlier),
        codes=_codes(leads),
        registry_summary=registry_phrase(leads),
        notes=(*(text for _, text in related), *_set_aside_notes(world, members)),
        related=tuple(sorted({number for number, _ in related})),
    )


def _today(leads: Sequence[Lead]) -> date:
    return local(max(lead.last_seen_at for lead in leads)).date()


def build_cases(
    leads: Sequence[Lead],
    existing: Sequence[ExistingCase] = (),
    *,
    today: date | None = None,
    limitation_years: int = LIMITATION_YEARS,
) -> list[CaseDraft]:
    """Group leads into drafts: first those of cases on file (by number), then new ones (by their first advertisement).

    Give every lead that still stands, not only new ones: priority is computed over what is given. A lead that opens no
    case by itself (``cases.policy.opens_case``) joins one of the same subject or is left out. A lead that already
    belongs to a finished case is left out. ``today`` (Vietnam's) serves freshness and limitation; by default it is the
    day of the latest sighting; ``limitation_years`` is the policy file's. Deterministic, whatever the order of input.
    """
    if not leads:
        return []
    world = _world(leads, existing)
    world.today, world.limitation_years = today or _today(leads), limitation_years
    _bind(world)
    owner = _assign(world)
    whole = Groups(len(world.keys))
    for bond in world.bonds:
        whole.join(bond.members)
    for member, case in world.owner.items():
        whole.join((case, member))
    drafts = []
    for part in whole.parts(range(len(world.keys))).values():
        kin = sorted({owner[member] for member in part if member in owner})
        choices: Sequence[int | None] = kin or [None]
        for mine in choices:
            members = [member for member in part if owner.get(member) == mine]
            draft = _draft(world, members, kin)
            if draft is not None:
                drafts.append(draft)
    return sorted(drafts, key=lambda draft: (draft.case_id is None, draft.case_id or 0, draft.ad_ids))
