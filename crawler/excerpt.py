"""Which lines of the log speak of a set of captures: what goes into a package, and nothing else."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from crawler.chain import read_log
from crawler.ledger import places_of
from crawler.tombstones import PRUNED
from models.errors import EvidenceError


def lines_for(evidence: Path, seqs: Collection[int]) -> list[dict[str, Any]]:
    """Return the events of ``seqs`` and those that belong to them, in order.

    These are the pictures and readings of the pages, the redirects that led there, the records that unchanged pages
    repeat, the warcinfo of every file, and the removals of any of these. Checks the chain.
    """
    wanted = set(seqs)
    via: set[tuple[str, str]] = set()
    originals: set[str] = set()
    missing = set(seqs)
    for event, _ in read_log(evidence):
        if event["seq"] in wanted or event.get("of") in seqs:
            wanted.add(event["seq"])
            missing.discard(event["seq"])
            via.update((event["run"], url) for url in event.get("via", ()))
            if "refers" in event:
                originals.add(event["refers"]["record_id"])
    if missing:
        raise EvidenceError(f"The log has no line {min(missing)}.", "Name the matching pair with --db and --data.")
    return _gathered(evidence, wanted, via, originals)


def _gathered(evidence: Path, wanted: set[int], via: set[tuple[str, str]], originals: set[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    infos: dict[str, dict[str, Any]] = {}
    ids: set[str] = set()
    removals = []
    for event, _ in read_log(evidence):
        redirected = event.get("role") == "redirect" and (event["run"], event.get("url")) in via
        if event["event"] == "warc_opened":
            infos[event["warc"]] = event
        elif event["event"] == PRUNED:
            removals.append(event)
        elif event["seq"] in wanted or redirected or event.get("record_id") in originals:
            found.append(event)
            ids.update(place["record_id"] for place in places_of(event))
    files = {event["warc"] for event in found if event.get("warc")}
    found += [infos[name] for name in files if name in infos]
    found += [event for event in removals if any(record["record_id"] in ids for record in event["records"])]
    return sorted(found, key=lambda event: int(event["seq"]))
