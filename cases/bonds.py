"""What joins advertisements: bonds over shared keys, and the keys that must not join.

Three steps, each only over what the one before left apart:

1. *Identity keys* (licence, registry facility, phone, bank account) join by themselves, unless so many distinct
   subjects show one that it must belong to somebody in between (a marketplace, a booking line).
   An advertisement that names several subjects of different sites ('ten best dentists') joins nobody by them.
2. *Two agreeing keys* join where one is weak: a name alone never does, a name with the same doctor, text, address or
   site does, as long as no two of them carry different licences.
3. *Places* (a site, an address, a 1900/1800 line) join only what does not contradict itself: when two subjects on one
   site carry different phones or licences the site is somebody else's (pages injected into a stranger's site look like
   that), and then the site joins nobody who can be told apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cases.types import KeyKind, LinkKey
from models.vietnamese import folded

Identity = tuple[KeyKind, str]

#: More distinct subjects (by their other licences and phones) than this on one key, and the key is somebody else's.
#: Chosen by judgement in November 2026, above the size of the chains that inspectors speak of; not tuned on data.
MAX_SUBJECTS = 8

#: The same where only names tell subjects apart. Names are read from text and vary, so the bound is loose. Not tuned.
MAX_NAMES = 20

#: An advertisement that shows the keys of this many subjects, who share neither site nor name, is a list of them. Two
#: may be one owner's: that is what linking is for. Chosen by judgement; not tuned on data.
LISTED = 3

#: Hosts where anybody publishes: the bare host says nothing about who does (a page below it may).
SHARED_HOSTS = frozenset(
    (
        *("facebook.com", "fb.com", "zalo.me", "oa.zalo.me", "tiktok.com", "youtube.com", "youtu.be", "instagram.com"),
        *("google.com", "sites.google.com", "blogspot.com", "wordpress.com", "medium.com", "linkedin.com", "x.com"),
        *("twitter.com", "pinterest.com", "shopee.vn", "lazada.vn", "tiki.vn", "sendo.vn", "chotot.com", "linktr.ee"),
    )
)

_IDENTITY_KINDS = frozenset({KeyKind.LICENCE, KeyKind.FACILITY, KeyKind.PHONE, KeyKind.ACCOUNT})

#: Kinds of which one subject on one place has one: different ones contradict. Anybody may hold several accounts.
_TELLING_KINDS = _IDENTITY_KINDS - {KeyKind.ACCOUNT}
_RECORD_KINDS = frozenset({KeyKind.LICENCE, KeyKind.FACILITY})
_SECOND_FOR: Mapping[KeyKind, frozenset[KeyKind]] = {
    KeyKind.NAME: frozenset({KeyKind.PRACTITIONER, KeyKind.TEXT, KeyKind.SITE, KeyKind.ADDRESS, KeyKind.PHONE}),
    KeyKind.PRACTITIONER: frozenset({KeyKind.TEXT, KeyKind.SITE, KeyKind.ADDRESS, KeyKind.PHONE}),
    KeyKind.TEXT: frozenset({KeyKind.ADDRESS}),
}


@dataclass(frozen=True, slots=True)
class Bond:
    """Members (by number) that belong together because they share every one of ``keys``."""

    keys: tuple[Identity, ...]
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bonds:
    """What joins, and what was set aside.

    ``keys`` are those by which each member may be joined; ``shared`` the identity keys that too many distinct subjects
    show, with how many; ``listings`` the members that list several subjects.
    """

    bonds: tuple[Bond, ...]
    keys: tuple[frozenset[Identity], ...]
    shared: Mapping[Identity, int]
    listings: frozenset[int]


class Groups:
    """Union–find over members ``0 … size-1``; the lowest member stands for its group."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def find(self, member: int) -> int:
        """The lowest member of the group."""
        root = member
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[member] != root:
            self._parent[member], member = root, self._parent[member]
        return root

    def join(self, members: Iterable[int]) -> None:
        """Make one group of the groups of ``members``."""
        roots = sorted({self.find(member) for member in members})
        for root in roots[1:]:
            self._parent[root] = roots[0]

    def parts(self, members: Iterable[int]) -> dict[int, list[int]]:
        """The given members by group, lowest first."""
        found: dict[int, list[int]] = defaultdict(list)
        for member in sorted(members):
            found[self.find(member)].append(member)
        return dict(found)


def is_service_line(key: Identity) -> bool:
    """Whether this is a 1900/1800 number: rented lines that call centres and platforms answer for many."""
    return key[0] is KeyKind.PHONE and key[1].lstrip("+").startswith(("1900", "1800"))


def is_identity(key: Identity) -> bool:
    """Whether this key can stand for one subject by itself."""
    return key[0] in _IDENTITY_KINDS and not is_service_line(key)


def is_place(key: Identity) -> bool:
    """Whether this key says where an advertisement stands or is answered rather than whose it is."""
    return (key[0] is KeyKind.SITE and key[1] not in SHARED_HOSTS) or key[0] is KeyKind.ADDRESS or is_service_line(key)


def _holders(keys: Sequence[frozenset[Identity]]) -> dict[Identity, list[int]]:
    found: dict[Identity, list[int]] = defaultdict(list)
    for member, mine in enumerate(keys):
        for key in mine:
            found[key].append(member)
    return {key: found[key] for key in sorted(found)}


def _subjects(key: Identity, members: Sequence[int], keys: Sequence[frozenset[Identity]]) -> tuple[int, int]:
    """How many distinct subjects show ``key``, told apart by their other identity keys, and by their names."""
    place = {member: position for position, member in enumerate(members)}
    groups = Groups(len(members))
    others: dict[Identity, list[int]] = defaultdict(list)
    names: set[str] = set()
    for member in members:
        mine = [other for other in keys[member] if other != key and is_identity(other)]
        for other in mine:
            others[other].append(place[member])
        if not mine:
            names.update(value for kind, value in keys[member] if kind is KeyKind.NAME)
    for same in others.values():
        groups.join(same)
    told_apart = {groups.find(position) for same in others.values() for position in same}
    return len(told_apart), len(names)


def shared_keys(keys: Sequence[frozenset[Identity]]) -> dict[Identity, int]:
    """Identity keys that too many distinct subjects show, with how many."""
    found: dict[Identity, int] = {}
    for key, members in _holders(keys).items():
        if not is_identity(key) or len(members) <= MAX_SUBJECTS:
            continue
        subjects, names = _subjects(key, members, keys)
        if subjects > MAX_SUBJECTS or names > MAX_NAMES:
            found[key] = max(subjects, names)
    return found


def _identities(mine: Iterable[Identity]) -> list[Identity]:
    return sorted(key for key in mine if is_identity(key))


def _distinct(groups: Iterable[set[Identity]]) -> int:
    """How many of these groups have neither a site nor a name in common."""
    told = [{key for key in keys if key[0] in {KeyKind.SITE, KeyKind.NAME}} for keys in groups]
    merged = Groups(len(told))
    seen: dict[Identity, int] = {}
    for position, keys in enumerate(told):
        for key in keys:
            merged.join((seen.setdefault(key, position), position))
    return len(merged.parts(range(len(told))))


def listings(keys: Sequence[frozenset[Identity]], first: int = 0) -> frozenset[int]:
    """Members (from ``first`` on) that show the keys of ``LISTED`` or more subjects who are otherwise unconnected."""
    candidates = {member for member in range(first, len(keys)) if len(_identities(keys[member])) >= LISTED}
    groups = Groups(len(keys))
    holder: dict[Identity, int] = {}
    for member in (each for each in range(len(keys)) if each not in candidates):
        for key in _identities(keys[member]):
            groups.join((holder.setdefault(key, member), member))
    known: dict[int, set[Identity]] = defaultdict(set)
    for member, mine in enumerate(keys):
        known[groups.find(member)] |= mine
    found = set()
    for member in candidates:
        roots = {groups.find(holder[key]) for key in _identities(keys[member]) if key in holder}
        if len(roots) >= LISTED and _distinct(known[root] for root in sorted(roots)) >= LISTED:
            found.add(member)
    return frozenset(found)


def _pairs(mine: frozenset[Identity]) -> list[tuple[Identity, Identity]]:
    usable = sorted(key for key in mine if not is_identity(key) and (is_place(key) or key[0] not in {KeyKind.SITE}))
    return [(a, b) for a in usable for b in usable if b[0] in _SECOND_FOR.get(a[0], frozenset())]


class _Joiner:
    """The three steps over one set of members; ``keys[i]`` are the keys of member ``i``."""

    def __init__(self, keys: Sequence[frozenset[Identity]], first: int) -> None:
        self.shared = shared_keys(keys)
        usable = [frozenset(key for key in mine if key not in self.shared) for mine in keys]
        self.listings = listings(usable, first)
        self.keys = [
            frozenset(key for key in mine if not is_identity(key)) if member in self.listings else mine
            for member, mine in enumerate(usable)
        ]
        self.groups = Groups(len(keys))
        self.bonds: list[Bond] = []
        #: The keys of each group as it stands, by its lowest member.
        self.known: dict[int, set[Identity]] = {member: set(mine) for member, mine in enumerate(self.keys)}

    def bond(self, keys: tuple[Identity, ...], members: Iterable[int]) -> None:
        """Join the members for these keys, if there are two."""
        chosen = tuple(sorted(set(members)))
        if len(chosen) > 1:
            self.bonds.append(Bond(keys, chosen))
            self._merge(chosen)

    def _merge(self, members: Sequence[int]) -> None:
        roots = sorted({self.groups.find(member) for member in members})
        self.groups.join(members)
        pooled = [self.known.pop(root) for root in roots]
        largest = max(pooled, key=len)
        largest.update(*pooled)
        self.known[roots[0]] = largest

    def by_identity(self) -> None:
        """Step 1."""
        for key, members in _holders(self.keys).items():
            if is_identity(key):
                self.bond((key,), members)

    def by_two(self) -> None:
        """Step 2."""
        pairs: dict[tuple[Identity, Identity], list[int]] = defaultdict(list)
        for member, mine in enumerate(self.keys):
            for pair in _pairs(mine):
                pairs[pair].append(member)
        for pair in sorted(pairs):
            roots = sorted({self.groups.find(member) for member in pairs[pair]})
            if not _contradict([self.known[root] for root in roots], _RECORD_KINDS):
                self.bond(pair, pairs[pair])

    def by_place(self) -> None:
        """Step 3."""
        for key, members in _holders(self.keys).items():
            if is_place(key):
                self.bond((key,), _fit(self.groups.parts(members), self.known))


def _kinds(keys: Iterable[Identity], kinds: frozenset[KeyKind]) -> set[KeyKind]:
    return {key[0] for key in keys if key[0] in kinds and is_identity(key)}


def _contradict(groups: Sequence[set[Identity]], kinds: frozenset[KeyKind]) -> bool:
    """Whether two groups carry different keys of one kind (groups never share an identity key: it would join them)."""
    seen: set[KeyKind] = set()
    for keys in groups:
        mine = _kinds(keys, kinds)
        if mine & seen:
            return True
        seen |= mine
    return False


def _names(keys: Iterable[Identity]) -> list[frozenset[str]]:
    return [frozenset(folded(value).split()) for kind, value in keys if kind is KeyKind.NAME]


def _same_name(left: Iterable[Identity], right: Iterable[Identity]) -> bool:
    """Whether a name on one side is contained, word for word, in one on the other; true if a side has none."""
    ours, theirs = _names(left), _names(right)
    return not ours or not theirs or any(a <= b or b <= a for a in ours for b in theirs)


def _fit(parts: Mapping[int, list[int]], known: Mapping[int, set[Identity]]) -> list[int]:
    """Which members of the groups on one place go together.

    Groups with identity keys go together unless two contradict each other. Those without any follow the identified ones
    if there is no contradiction and the names agree; otherwise only those without a name stay together.
    """
    identified = [root for root in parts if _kinds(known[root], _IDENTITY_KINDS)]
    anonymous = [root for root in parts if root not in set(identified)]
    contested = _contradict([known[root] for root in identified], _TELLING_KINDS)
    nameless = [root for root in anonymous if not _names(known[root])]
    named = [root for root in anonymous if root not in set(nameless)]
    if identified and not contested:
        owner = set().union(*(known[root] for root in identified))
        followers = [root for root in named if _same_name(owner, known[root])]
        return _members(parts, [*identified, *followers, *nameless])
    if not identified and len(named) == 1:
        return _members(parts, [*named, *nameless])
    return _members(parts, nameless)


def _members(parts: Mapping[int, list[int]], roots: Iterable[int]) -> list[int]:
    return [member for root in roots for member in parts[root]]


def join(keys: Sequence[frozenset[Identity]], first: int = 0) -> Bonds:
    """Find what joins members with these keys. Deterministic: the order of bonds depends only on the keys.

    Members before ``first`` are cases on file: a person may have put several subjects into one, so none is a listing.
    """
    joiner = _Joiner(keys, first)
    joiner.by_identity()
    joiner.by_two()
    joiner.by_place()
    return Bonds(tuple(joiner.bonds), tuple(joiner.keys), joiner.shared, joiner.listings)


_SAID: Mapping[KeyKind, str] = {
    KeyKind.LICENCE: "cùng số giấy phép {}",
    KeyKind.FACILITY: "cùng cơ sở trong dữ liệu cấp phép ({})",
    KeyKind.PHONE: "cùng số điện thoại {}",
    KeyKind.ACCOUNT: "cùng số tài khoản ngân hàng {}",
    KeyKind.SITE: "cùng trang web {}",
    KeyKind.ADDRESS: "cùng địa chỉ “{}”",
    KeyKind.NAME: "cùng tên cơ sở “{}”",
    KeyKind.PRACTITIONER: "cùng người hành nghề “{}”",
    KeyKind.TEXT: "nội dung gần như trùng nhau",
}


def said(keys: Iterable[LinkKey]) -> str:
    """Say in Vietnamese what is shared: 'cùng số điện thoại 028…'."""
    return " và ".join(_SAID[key.kind].format(key.display or key.value) for key in keys)
