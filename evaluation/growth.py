"""Grows a registry, to measure how speed, memory and recall hold where there are many more records.

``python -m evaluation.growth --registry DIR --mentions gold.jsonl --practitioners 600000 --out BIGGER`` writes a folder
with ``practitioners.csv`` and ``facilities.csv`` (the given records and added ones) and ``mentions.jsonl``. Names of
added practitioners join the surname of one record with the rest of another of the same gender, those of added
facilities the brands of two; all else is drawn record by record, so frequencies stay as they are. With
``--practitioners`` below what the registry holds, records that no mention means are left out.

Who is meant may change when people are added: a mention whose facts an added record fits as well becomes
``AMBIGUOUS`` (its set grows), and an impostor whose name and facts an added record bears is left out; so is a place
whose brand an added place bears.
"""

import argparse
import csv
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.vietnamese import folded
from models.vocabulary import MentionKind
from registry.brands import brand_tokens, brands_of
from registry.index import qualification_ranks
from registry.passage import Passage, gazetteer_of, place_key, read_passage
from registry.specialities import scope_bits

Row = dict[str, str]


def read_rows(path: Path) -> list[Row]:
    """Read a registry file with the canonical columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write rows with the columns of the first one."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def added_places(places: Sequence[Row], count: int, chance: random.Random) -> Iterator[Row]:
    """Yield ``count`` further facilities: each stands for one that is there, under a brand joined from two others."""
    for number in range(count):
        model, first, second = chance.choice(places), _brand(chance.choice(places)), _brand(chance.choice(places))
        brand = _brand(model)
        new = " ".join([*first.split()[:1], *(second.split()[1:] or second.split())])
        names = {key: model[key].replace(brand, new) if brand else model[key] for key in _NAMED if key in model}
        yield {
            **model,
            **names,
            "id": f"H{number}",
            "phones": f"09{chance.randrange(10**8):08d}",
            "website": "",
            "address": f"{chance.randrange(1, 999)} {model['address'].partition(' ')[2]}",
            "licence_no": f"{90_000 + number}/HCM-GPHĐ",
        }


_NAMED = ("legal_name", "trade_name", "organisation")


def _brand(row: Row) -> str:
    """The words of a facility's own brand as its trade name writes them."""
    name = row.get("trade_name") or row.get("legal_name") or ""
    words = {word for word, _ in brand_tokens(name)}
    return " ".join(word for word in name.split() if word.lower() in words)


def added_people(people: Sequence[Row], places: Sequence[Row], count: int, chance: random.Random) -> Iterator[Row]:
    """Yield ``count`` further practitioners, each joined from the parts of several; they work at ``places``."""
    by_gender = defaultdict[str, list[Row]](list)
    for row in people:
        by_gender[row.get("gender", "")].append(row)
    for number in range(count):
        body = chance.choice(people)
        head = chance.choice(by_gender[body.get("gender", "")])
        where, licensed = chance.choice(people), chance.choice(people)
        surname, _, _ = head["full_name"].partition(" ")
        _, _, rest = body["full_name"].partition(" ")
        digits, _, issuer = licensed["licence_no"].partition("/")
        drawn = str(chance.randrange(10 ** len(digits))).zfill(len(digits)) if digits.isdigit() else digits
        workplace = {key: value for key, value in where.items() if key.startswith("workplace")}
        if workplace.get("workplace_id") and places:
            workplace |= _workplace(chance.choice(places))
        yield {
            **body,
            **workplace,
            "id": f"G{number}",
            "full_name": f"{surname} {rest}",
            "licence_no": f"{drawn}/{issuer}",
        }


def _workplace(place: Row) -> Row:
    return {
        "workplace_id": place["id"],
        "workplaces": place["legal_name"],
        "workplace_district": place["district"],
        "workplace_ward": place["ward"],
    }


@dataclass(frozen=True, slots=True)
class _Asked:
    """A mention with the tokens of the name as the gold record bears it, and what is stated around it."""

    line: dict[str, Any]
    passage: Passage
    record: Row | None


def _syllables(name: str) -> tuple[str, ...]:
    return tuple(folded(name).split())


def _parts(name: Sequence[str], form: str) -> tuple[str, ...]:
    """What an advertisement of this form keeps of a name."""
    match form:
        case "given" | "nick":
            return tuple(name[-1:])
        case "midgiven":
            return tuple(name[-2:])
        case "dropmid" | "initial":
            return (name[0], name[-1])
        case _:
            return tuple(name)


_FORMS = ("full", "given", "midgiven", "dropmid")


def _fits(asked: _Asked, row: Row) -> bool:
    """Whether nothing that is stated around the name speaks against an added record."""
    passage, record = asked.passage, asked.record
    if passage.licence:
        return False  # drawn anew for each record: a chance agreement is next to impossible
    if (passage.phones or passage.clinic) and (not record or record["workplace_id"] != row["workplace_id"]):
        return False
    if passage.district and place_key(row.get("workplace_district", "")) != passage.district:
        return False
    if passage.ward and place_key(row.get("workplace_ward", "")) != passage.ward:
        return False
    profession, _ = qualification_ranks(row.get("qualification", ""))
    if passage.profession and profession and passage.profession != profession:
        return False
    return not passage.named or bool(passage.named & scope_bits(row["scope"]))


def _brand_of_mention(line: Mapping[str, Any]) -> set[str]:
    passage = read_passage(line["text"], MentionKind.FACILITY, gazetteer_of((), ()))
    return {" ".join(token for _, token in brand) for brand in brands_of(passage.name)}


def settled(
    lines: Iterable[dict[str, Any]], people: Sequence[Row], added: Sequence[Row], places: Sequence[Row] = ()
) -> Iterator[dict[str, Any]]:
    """Yield the mentions with their gold as it is after ``added`` people and ``places`` joined the registry."""
    known = {row["id"]: row for row in people}
    brands = {folded(_brand(place)) for place in places}
    gazetteer = gazetteer_of(
        {row.get("workplace_district", "") for row in people}, {row.get("workplace_ward", "") for row in people}
    )
    bearers = {form: defaultdict[tuple[str, ...], list[Row]](list) for form in _FORMS}
    for row in added:
        name = _syllables(row["full_name"])
        for form in _FORMS:
            bearers[form][_parts(name, form)].append(row)
    for line in lines:
        if line["kind"] != MentionKind.PRACTITIONER.value:
            if not _brand_of_mention(line) & brands:
                yield line
            continue
        passage = read_passage(line["text"], MentionKind.PRACTITIONER, gazetteer)
        golds = [known[record] for record in line.get("gold_set") or () if record in known]
        asked = _Asked(line, passage, golds[0] if golds else None)
        settled_line = _settled(asked, bearers)
        if settled_line is not None:
            yield settled_line


def _settled(asked: _Asked, bearers: Mapping[str, Mapping[tuple[str, ...], list[Row]]]) -> dict[str, Any] | None:
    line = asked.line
    form = {"nick": "given", "initial": "dropmid", "swapped": "full"}.get(line.get("form") or "", line.get("form"))
    form = form if form in _FORMS else "full"
    name = _syllables(asked.record["full_name"]) if asked.record else tuple(token for _, token in asked.passage.tokens)
    if not name:
        return line
    rivals = [row["id"] for row in bearers[form].get(_parts(name, form), ()) if _fits(asked, row)]
    if not rivals:
        return line
    if line["gold"] == "NONE":
        return None
    return {**line, "gold": "AMBIGUOUS", "gold_set": [*(line.get("gold_set") or ()), *rivals][:20]}


def fewer(people: Sequence[Row], wanted: frozenset[str], count: int, chance: random.Random) -> list[Row]:
    """Return ``count`` practitioners (or as many as are ``wanted``): the wanted ones, and others by chance."""
    others = [row for row in people if row["id"] not in wanted]
    kept = {row["id"] for row in chance.sample(others, max(0, min(count - len(wanted), len(others))))}
    return [row for row in people if row["id"] in wanted or row["id"] in kept]


def grow(registry: Path, mentions: Path, practitioners: int, out: Path, seed: int) -> dict[str, int]:
    """Write the grown registry and its mentions into ``out``; return what they hold."""
    chance = random.Random(seed)  # noqa: S311  # a sample, not a secret
    people, places = read_rows(registry / "practitioners.csv"), read_rows(registry / "facilities.csv")
    lines = [json.loads(line) for line in mentions.read_text(encoding="utf-8").splitlines() if line.strip()]
    added, more = list[Row](), list[Row]()
    if practitioners > len(people):
        more = list(added_places(places, round(len(places) * (practitioners / len(people) - 1)), chance))
        added = list(added_people(people, more, practitioners - len(people), chance))
        places = [*places, *more]
    else:
        wanted = frozenset(record for line in lines for record in line.get("gold_set") or ())
        people = fewer(people, wanted, practitioners, chance)
    out.mkdir(parents=True, exist_ok=True)
    write_rows(out / "practitioners.csv", [*people, *added])
    write_rows(out / "facilities.csv", places)
    after = list(settled(lines, people, added, more))
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in after)
    (out / "mentions.jsonl").write_text(text, encoding="utf-8")
    return {
        "practitioners": len(people) + len(added),
        "facilities": len(places),
        "mentions": len(after),
        "now_ambiguous": sum(line["gold"] == "AMBIGUOUS" for line in after)
        - sum(line["gold"] == "AMBIGUOUS" for line in lines),
        "left_out": len(lines) - len(after),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Grow a registry and print what it holds."""
    parser = argparse.ArgumentParser(description="Grow (or thin) a registry, with mentions whose gold follows.")
    parser.add_argument("--registry", type=Path, required=True, help="folder with practitioners.csv and facilities.csv")
    parser.add_argument("--mentions", type=Path, required=True, help="labelled mentions, as for 'evaluate matcher'")
    parser.add_argument("--practitioners", type=int, default=600_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    held = grow(options.registry, options.mentions, options.practitioners, options.out, options.seed)
    for name, count in held.items():
        sys.stdout.write(f"{name:16} {count:>10,}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
