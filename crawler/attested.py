"""The proofs beside the log, checked against it: manifests and their signatures, time-stamps, removals."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509

from crawler import manifest as manifests
from crawler import timestamp
from crawler.chain import Head
from crawler.ledger import ATTESTING, line_hashes
from crawler.manifest import FOLDER, Manifest, read_manifest
from crawler.merkle import Tree, root_of
from crawler.signing import PUBLIC_NAME, PublicKey, keys_folder, load_public
from crawler.timestamp import Stamp
from crawler.tombstones import PRUNING, Removal, signed_by
from models.errors import EvidenceError, InputError


@dataclass(frozen=True, slots=True)
class Trust:
    """What the verifier trusts: public keys by fingerprint (``given``: named by the verifier), certificates."""

    keys: Mapping[str, PublicKey] = field(default_factory=dict)
    given: bool = False
    roots: Sequence[x509.Certificate] = ()


def trust(evidence: Path, key: Path | None = None, roots: Path | None = None) -> Trust:
    """Gather the keys: the one that the verifier names, else those beside the evidence. Raises ``InputError``."""
    certificates = timestamp.load_roots(roots) if roots else []
    if key is not None:
        given = load_public(key)
        return Trust({given.fingerprint: given}, given=True, roots=certificates)
    found = {}
    for path in [*sorted((evidence / FOLDER).glob("key-*.pem")), keys_folder(evidence) / PUBLIC_NAME]:
        if path.is_file():
            try:
                public = load_public(path)
            except InputError:
                continue
            found[public.fingerprint] = public
    return Trust(found, roots=certificates)


@dataclass(slots=True)
class Attested:
    """Collects what the log says of proofs (``observe``), then checks each (``check``). ``run``: only its files."""

    evidence: Path
    trust: Trust
    run: str = ""
    manifests: int = 0
    signatures: int = 0
    timestamps: int = 0
    stamps: list[Stamp] = field(default_factory=list)
    used_keys: set[str] = field(default_factory=set)
    unknown_keys: set[str] = field(default_factory=set)
    unread_stamps: int = 0
    superseded: int = 0
    last_signed: int = 0
    last_event: int = 0
    leftovers: list[str] = field(default_factory=list)
    _logged: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _stamps: list[Mapping[str, Any]] = field(default_factory=list)
    _pruned_at: dict[str, int] = field(default_factory=dict)
    _sums: dict[tuple[str, int], str] = field(default_factory=dict)
    _tree: Tree = field(default_factory=Tree)
    _heads: dict[str, tuple[Head, str]] = field(default_factory=dict)

    def observe(self, event: Mapping[str, Any]) -> None:
        """Take in one event of the log, whose chain was checked."""
        if event["event"] not in ATTESTING:
            self.last_event = event["seq"]
        match event["event"]:
            case manifests.EVENT:
                self._logged[event["name"]] = event
                self._heads[event["name"]] = (Head(event["seq"] - 1, event["prev"]), self._tree.root())
            case timestamp.EVENT:
                self._stamps.append(event)
            case "pruned":
                for record in event["records"]:
                    self._pruned_at[record["warc"]] = event["seq"]
                if self._key(event["key"], f"Line {event['seq']} (a removal)"):
                    if not signed_by(event, self.trust.keys[event["key"]]):
                        raise EvidenceError(f"Line {event['seq']} (a removal): its signature does not hold.")
                    self.signatures += 1
        self._tree.add(event["hash"])

    def _key(self, fingerprint: str, what: str) -> bool:
        """Say whether the key is known. Raises where the verifier named another."""
        if fingerprint in self.trust.keys:
            self.used_keys.add(fingerprint)
            return True
        if self.trust.given:
            raise EvidenceError(f"{what} is signed by key {fingerprint[:16]}…, not by the key that was given.")
        self.unknown_keys.add(fingerprint)
        return False

    def check(self) -> None:
        """Check everything that was collected. Raises ``EvidenceError``."""
        for name, event in self._logged.items():
            manifest = read_manifest(self._inside(name))
            if manifests.event_of(manifest) != {key: event[key] for key in ("name", "bytes", "sha256", "key")}:
                raise EvidenceError(f"{name} was altered: it is not the one in line {event['seq']} of the log.")
            self._manifest(manifest, *self._heads[name])
        for event in self._stamps:
            self._stamp(event)
        self._beside()

    def _inside(self, name: str) -> Path:
        path = self.evidence / FOLDER / Path(name).name
        if f"{FOLDER}/{path.name}" != name:
            raise EvidenceError(f"{name} is not inside the evidence directory.")
        return path

    def _manifest(self, manifest: Manifest, head: Head, tree: str) -> None:
        """Check one manifest: who signed it, and that log and files are still as it says."""
        if self._key(manifest.key, manifest.name):
            if not self.trust.keys[manifest.key].verify(manifest.data, manifest.signature):
                raise EvidenceError(f"{manifest.name}: its signature does not hold.")
            self.signatures += 1
            self.last_signed = max(self.last_signed, manifest.head.seq)
        if (manifest.head, manifest.tree) != (head, tree):
            raise EvidenceError(f"{manifest.name}: the log is not the one that was signed.")
        for file in manifest.files:
            if self._pruned_at.get(file.name, 0) > manifest.head.seq:
                self.superseded += 1  # its records are still held against the log, one by one
            elif not self.run and self._sum(file.name, file.bytes) != file.sha256:
                raise EvidenceError(f"{file.name} is not the one that {manifest.name} states.")
        self.manifests += 1

    def _sum(self, name: str, size: int) -> str:
        if (name, size) not in self._sums:
            self._sums[name, size] = _file_sum(self.evidence / Path(name).name, size)
        return self._sums[name, size]

    def _stamp(self, event: Mapping[str, Any]) -> None:
        path = self._inside(event["name"])
        asked = path.with_suffix(".tsq")
        for file, digest in ((path, event["sha256"]), (asked, event["request_sha256"])):
            if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
                raise EvidenceError(f"{FOLDER}/{file.name} was altered or is missing (line {event['seq']}).")
        if event["manifest"] not in self._logged:
            raise EvidenceError(f"{event['name']} is on a manifest that the log does not know.")
        self._read_stamp(path, asked, event["manifest"])

    def _read_stamp(self, path: Path, asked: Path, name: str) -> None:
        if not timestamp.available():
            self.unread_stamps += 1
            return
        data = self._inside(name).read_bytes()
        try:
            stated = timestamp.read_stamp(path.read_bytes(), data, asked.read_bytes(), list(self.trust.roots))
        except EvidenceError as error:
            raise EvidenceError(f"{FOLDER}/{path.name}: {error.what}") from None
        self.stamps.append(stated)
        self.timestamps += 1

    def names(self) -> set[str]:
        """Return the files that the log accounts for: manifests, signatures, time-stamps."""
        found = set(self._logged) | {f"{name}.sig" for name in self._logged}
        for event in self._stamps:
            found |= {event["name"], event["name"].removesuffix(".tsr") + ".tsq"}
        return found

    def _beside(self) -> None:
        """Look at what lies in the folder without a line in the log: left by a crash, or put there."""
        known = self.names()
        for path in sorted((self.evidence / FOLDER).glob("*")):
            name = f"{FOLDER}/{path.name}"
            if name in known:
                continue
            if path.name.startswith("key-") and path.suffix == ".pem":
                _is_key(path, name)
            elif path.suffix == ".json" and (manifest := read_manifest(path)).signature:
                leaves, head = line_hashes(self.evidence, manifest.head.seq)
                self._manifest(manifest, head, root_of(leaves))
                self.leftovers.append(name)
            else:
                self.leftovers.append(name)

    def leftover(self, name: str) -> bool:
        """Say whether a file is of those that a crash may leave: it proves nothing and hides nothing."""
        if name.endswith(PRUNING) or name.startswith(f"{FOLDER}/"):
            if name not in self.leftovers and name.endswith(PRUNING):
                self.leftovers.append(name)
            return True
        return False


def _is_key(path: Path, name: str) -> None:
    try:
        fingerprint = load_public(path).fingerprint
    except InputError as error:
        raise EvidenceError(f"{name} was altered: it is no public key.") from error
    if not fingerprint.startswith(path.stem.removeprefix("key-")):
        raise EvidenceError(f"{name} was altered: it holds another key ({fingerprint[:16]}…).")


def _file_sum(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (chunk := file.read(min(size, 1 << 20))):
            digest.update(chunk)
            size -= len(chunk)
    return digest.hexdigest()


def removed_place(removed: Mapping[str, Removal], place: Mapping[str, Any]) -> Removal | None:
    """Return the removal of exactly this record, if the log holds one."""
    removal = removed.get(place["record_id"])
    if removal is None or any(getattr(removal, name) != place[name] for name in ("warc", "offset", "length", "sha256")):
        return None
    return removal


def stone_there(evidence: Path, removal: Removal) -> bool:
    """Say whether the tombstone stands; ``False``: the record is still there. Raises ``EvidenceError``: neither."""
    with (evidence / Path(removal.warc).name).open("rb") as file:
        file.seek(removal.offset)
        digest = hashlib.sha256(file.read(removal.length)).hexdigest()
    if digest == removal.tombstone_sha256:
        return True
    if digest == removal.sha256:
        return False
    raise EvidenceError("it is neither what was kept nor the tombstone that the log states.")
