"""Compares the matcher with other ways to link a mention to a record, on the same mentions and registry, in one run.

``python -m evaluation.peers --samples gold.jsonl --registry DIR [--sample N] [--json FILE]``: every way names its best
record and a score; the threshold is set where at most 1 % of the impostors are linked, and recall is what is found
then. All are given the name and context as this project reads them from the passage, so what differs is the matching:

- ``medad``: the matcher, by the posterior of its best candidate;
- ``extract_one``: rapidfuzz's ``extractOne`` with WRatio over the folded names;
- ``top_300``: its best 300, with hand-set bonuses for what the context says;
- ``splink``: Splink on DuckDB, one thread; it learns from the labelled mentions after the measured ones, which is not
  timed. Not installed with medad: ``pip install splink duckdb``.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from evaluation.gold import MatchSample, read_match_samples
from evaluation.peer_fields import Fields, Link
from evaluation.peer_splink import splink, train_splink
from models.vietnamese import folded
from models.vocabulary import MentionKind
from pipeline.matching import registry_matcher
from pipeline.shares import wilson
from registry.brands import brands_of
from registry.directory import Registry, read_registry_dir
from registry.matcher import Matcher
from registry.passage import Gazetteer, gazetteer_of, place_key, read_passage
from registry.specialities import specialities_in, speciality_names
from registry.types import Facility, Practitioner, Query

#: Share of impostors that may be linked.
FALSE_LINKS = 0.01


def _brand(name: str) -> str:
    brands = brands_of(name)
    return " ".join(token for _, token in brands[0]) if brands else ""


def _digits(number: str) -> str:
    return "".join(c for c in number.partition("/")[0] if c.isdigit()).lstrip("0")


def record_fields(record: Practitioner | Facility) -> Fields:
    """Return a record's columns."""
    if isinstance(record, Facility):
        name = _brand(record.trade_name or record.legal_name)
        area = place_key(record.district), place_key(record.ward)
        scope = speciality_names(specialities_in(folded(record.services or record.scope))[0])
        return Fields(record.id, name, name, scope, *area, _digits(record.licence_no), record.phones)
    work = record.workplaces[0] if record.workplaces else None
    place, district, ward = (
        (_brand(work.name), place_key(work.district), place_key(work.ward)) if work else ("", "", "")
    )
    scope = speciality_names(specialities_in(folded(record.scope))[0])
    return Fields(record.id, folded(record.full_name), place, scope, district, ward, _digits(record.licence_no))


def mention_fields(sample: MatchSample, gazetteer: Gazetteer) -> Fields:
    """Return a mention's columns, read from its passage."""
    passage = read_passage(sample.text, sample.kind, gazetteer)
    facility = sample.kind is MentionKind.FACILITY
    name = _brand(passage.name) if facility else " ".join(token for _, token in passage.tokens)
    return Fields(
        sample.id,
        name,
        name if facility else _brand(passage.clinic),
        speciality_names(passage.named),
        passage.district,
        passage.ward,
        passage.licence.digits if passage.licence and not passage.licence.hidden else "",
        passage.phones,
    )


# --- the ways ------------------------------------------------------------------------------------------------------


def medad(matcher: Matcher, samples: Sequence[MatchSample]) -> list[Link]:
    """Link by the matcher's own posterior."""
    links = []
    for sample in samples:
        found = matcher.match(Query(sample.id, sample.kind, sample.text)).candidates
        links.append(Link(found[0].registry_id, found[0].probability) if found else Link("", 0.0))
    return links


def extract_one(mentions: Sequence[Fields], records: Sequence[Fields]) -> list[Link]:
    """Link to the name of the highest WRatio."""
    names = [record.name for record in records]
    links = []
    for mention in mentions:
        found = process.extractOne(mention.name, names, scorer=fuzz.WRatio)
        links.append(Link(records[found[2]].id, found[1]) if found else Link("", 0.0))
    return links


def top_300(mentions: Sequence[Fields], records: Sequence[Fields]) -> list[Link]:
    """Link to the best of 300 by WRatio and context; two equals are no link."""
    names = [record.name for record in records]
    links = []
    for mention in mentions:
        found = process.extract(mention.name, names, scorer=fuzz.WRatio, limit=300)
        scores = sorted(((score + bonus(mention, records[at]), records[at].id) for _, score, at in found), reverse=True)
        tie = len(scores) > 1 and scores[0][0] - scores[1][0] < 1
        links.append(Link(scores[0][1], scores[0][0]) if scores and not tie else Link("", 0.0))
    return links


def bonus(mention: Fields, record: Fields) -> float:
    """Return what the context adds to (or takes from) a string score; set by hand."""
    total = 0.0
    if mention.speciality and record.speciality:
        shared = set(mention.speciality.split(", ")) & set(record.speciality.split(", "))
        total += 10 if shared else -10
    for said, held in ((mention.district, record.district), (mention.ward, record.ward)):
        if said and held:
            total += 12 if said == held else -12
    if mention.licence:
        total += 25 if mention.licence == record.licence else -15
    if mention.place and record.place and mention.place != mention.name:
        total += 20 if fuzz.ratio(mention.place, record.place) >= 85 else -15
    if mention.phones and record.phones:
        total += 20 if set(mention.phones) & set(record.phones) else 0
    return total


# --- what they reach -----------------------------------------------------------------------------------------------


def reached(samples: Sequence[MatchSample], links: Sequence[Link]) -> dict[str, Any]:
    """Return recall of the decidable where at most ``FALSE_LINKS`` of the impostors are linked."""
    impostors = sorted((link.score for s, link in zip(samples, links, strict=True) if s.gold == "NONE" and link.id))
    allowed = int(FALSE_LINKS * sum(sample.gold == "NONE" for sample in samples))
    threshold = impostors[-allowed - 1] if len(impostors) > allowed else float("-inf")
    decidable = [(s, link) for s, link in zip(samples, links, strict=True) if s.gold not in {"NONE", "AMBIGUOUS"}]
    right = sum(link.id == sample.gold and link.score > threshold for sample, link in decidable)
    first = sum(link.id == sample.gold for sample, link in decidable)
    low, high = wilson(right, len(decidable))
    return {
        "recall": round(right / max(len(decidable), 1), 4),
        "interval": [round(low, 4), round(high, 4)],
        "named_first": round(first / max(len(decidable), 1), 4),
        "decidable": len(decidable),
        "impostors": sum(sample.gold == "NONE" for sample in samples),
    }


def compare_all(
    samples: Sequence[MatchSample], others: Sequence[MatchSample], registry: Registry
) -> Iterator[dict[str, Any]]:
    """Yield one row a way and kind of mention: what it reaches, and mentions per second of processor time."""
    matcher = registry_matcher(registry)
    work = [place for person in registry.practitioners for place in person.workplaces]
    gazetteer = gazetteer_of(
        {f.district for f in registry.facilities} | {w.district for w in work},
        {f.ward for f in registry.facilities} | {w.ward for w in work},
    )
    for kind, held in (
        (MentionKind.PRACTITIONER, registry.practitioners),
        (MentionKind.FACILITY, registry.facilities),
    ):
        asked = [sample for sample in samples if sample.kind is kind]
        if not asked:
            continue
        mentions = [mention_fields(sample, gazetteer) for sample in asked]
        records = [record_fields(record) for record in held]
        ways: dict[str, Callable[[], list[Link]]] = {
            "medad": partial(medad, matcher, asked),
            "extract_one": partial(extract_one, mentions, records),
            "top_300": partial(top_300, mentions, records),
        }
        if find_spec("splink") is None or find_spec("duckdb") is None:
            sys.stderr.write("splink is left out, since it is not installed: pip install splink duckdb\n")
        else:
            golds = [(s, s.gold) for s in others if s.kind is kind and s.gold not in {"NONE", "AMBIGUOUS"}]
            labelled = [(mention_fields(sample, gazetteer), gold) for sample, gold in golds[:1500]]
            ways["splink"] = partial(splink, train_splink(labelled, records), mentions, records)
        for name, way in ways.items():
            started = time.process_time()
            links = way()
            spent = max(time.process_time() - started, 1e-9)
            yield {"way": name, "kind": kind.value, **reached(asked, links), "per_second": round(len(asked) / spent, 1)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison as a table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(description="Compare the matcher with other ways to link, in one run.")
    parser.add_argument("--samples", type=Path, required=True, help="labelled mentions, as for 'evaluate matcher'")
    parser.add_argument("--registry", type=Path, required=True, help="folder of registry files")
    parser.add_argument("--sample", type=int, default=1000, help="how many mentions (the first ones); 0 for all")
    parser.add_argument("--json", type=Path, help="write the rows here too")
    options = parser.parse_args(arguments)
    every = read_match_samples(options.samples)
    samples = every[: options.sample] if options.sample else every
    others = every[len(samples) :]
    rows = []
    sys.stdout.write(f"{'way':12} {'kind':13} {'recall':>7} {'95 %':>15} {'first':>7} {'n':>6} {'per second':>11}\n")
    for row in compare_all(samples, others, read_registry_dir(options.registry)):
        rows.append(row)
        low, high = row["interval"]
        sys.stdout.write(
            f"{row['way']:12} {row['kind']:13} {row['recall']:7.1%} {f'{low:.1%}-{high:.1%}':>15} "
            f"{row['named_first']:7.1%} {row['decidable']:6} {row['per_second']:11.1f}\n"
        )
        sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
