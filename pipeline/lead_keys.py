"""What may tie an advertisement to others: the advertiser's own numbers, places, people and words."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cases.bonds import SHARED_HOSTS
from cases.types import KeyKind, LinkKey
from models import tables
from models.vietnamese import folded
from models.vocabulary import MentionKind
from registry.accounts_named import find_accounts
from registry.passages import advertiser_keys
from registry.places import parse_address
from registry.types import Mention

#: Addresses of one advertisement that may tie it: a chain shows a few, a directory shows many.
_MOST_ADDRESSES = 5

#: First segments of addresses on shared hosts that name no page.
_NO_PAGE = frozenset({"", "groups", "watch", "reel", "reels", "share", "story.php", "permalink.php", "p", "hashtag"})

#: What stands before house and street: storey, building, room.
_INDOORS = re.compile(r"(?:tang|lau|toa nha|phong|can ho|khu|lo|block|shophouse)\b")


def keys_of(
    ad: tables.Advertisement,
    answers: Sequence[tables.RegistryAnswer],
    mentions: Sequence[tables.Mention],
    owners: Mapping[str, str],
) -> Iterable[LinkKey]:
    """Yield what may tie this advertisement to others, each key once.

    A number that the registry knows as another's does not: it would file the borrower's advertisements under the
    facility whose number was borrowed.
    """
    yield from dict.fromkeys((*_identities(ad, answers, mentions, owners), *_circumstances(ad, answers, mentions)))


def _identities(
    ad: tables.Advertisement,
    answers: Sequence[tables.RegistryAnswer],
    mentions: Sequence[tables.Mention],
    owners: Mapping[str, str],
) -> Iterator[LinkKey]:
    found = advertiser_keys(ad.text, [_mention(row) for row in mentions], ad.main_end)
    own = {answer.registry_id for answer in answers if answer.registry_id}
    for number in found.licence_nos:
        if owners.get(number) is None or owners[number] in own:
            yield LinkKey(KeyKind.LICENCE, number, number)
    for answer in answers:
        if answer.kind is MentionKind.FACILITY and answer.primary and answer.registry_id:
            yield LinkKey(KeyKind.FACILITY, answer.registry_id, answer.record_name)
    for phone in found.phones:
        yield LinkKey(KeyKind.PHONE, phone, phone)
    for account in find_accounts(ad.text):
        yield LinkKey(KeyKind.ACCOUNT, account.number, account.shown)
    if found.facility_name:
        yield LinkKey(KeyKind.NAME, folded(found.facility_name), found.facility_name)


def _circumstances(
    ad: tables.Advertisement, answers: Sequence[tables.RegistryAnswer], mentions: Sequence[tables.Mention]
) -> Iterator[LinkKey]:
    if page := page_of(ad.url, ad.site):
        yield LinkKey(KeyKind.SITE, page, page)
    for answer in answers:
        if answer.kind is MentionKind.PRACTITIONER:
            value = answer.registry_id or folded(answer.named)
            yield LinkKey(KeyKind.PRACTITIONER, value, answer.named)
    written = dict.fromkeys(row.text for row in mentions if row.kind is MentionKind.ADDRESS)
    if len(written) <= _MOST_ADDRESSES:
        for address in written:
            yield from address_keys(address)
    if ad.text_group is not None:
        yield LinkKey(KeyKind.TEXT, str(ad.text_group), f"nhóm nội dung số {ad.text_group}")


def page_of(url: str, site: str) -> str:
    """The site of an advertisement; on a host where anybody publishes, the page below it ('facebook.com/mau')."""
    host = site.lower().removeprefix("www.").removeprefix("m.")
    if host not in SHARED_HOSTS:
        return site
    path = url.partition("://")[2].partition("/")[2]
    handle = re.split(r"[/?#]", path, maxsplit=1)[0].lower()
    if handle in _NO_PAGE or handle.endswith(".php"):
        return site
    return f"{host}/{handle}"[:200]


def address_keys(written: str) -> Iterator[LinkKey]:
    """The keys of one address: house and street, with the ward of today and with the old district.

    An old ward counts as the new one that took it in whole, so that both ways of writing meet. Without a house number,
    a street, and a ward or a district, an address ties nothing.
    """
    parts = [part.strip() for part in written.split(",")]
    while len(parts) > 1 and _INDOORS.match(folded(parts[0])):
        del parts[0]
    place = parse_address(", ".join(parts))
    house, street = folded(place.house).replace(" ", ""), " ".join(folded(place.street).split())
    if not any(char.isdigit() for char in house) or not street:
        return
    shown = " ".join(written.split())
    for unit, name in (("phường", place.ward_new or place.ward), ("quận", place.district)):
        if name.strip():
            yield LinkKey(KeyKind.ADDRESS, f"{house} {street} | {unit} {folded(name).strip()}", shown)


def _mention(row: tables.Mention) -> Mention:
    return Mention(row.kind, row.text, row.start_at, row.end_at, row.value)
