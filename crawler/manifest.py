"""Signed manifests: what the whole evidence was at one moment, in one small file that a stranger can check.

``manifests/NNNNNNNNN.json`` (the number is that of the last line of the log then) is canonical JSON::

    format      "medad-manifest/1"
    created_at  by this computer's clock
    software    name and version
    head        {"seq", "hash"}: the last line of the log
    tree        root of the tree over all lines (``crawler.merkle``)
    files       [{"name", "bytes", "sha256"}]: every WARC file
    key         fingerprint of the key that signs
    previous    SHA-256 of the manifest before, or ""

Beside it ``….json.sig`` (64 bytes, Ed25519 over the file) and ``key-….pem`` (the public key). The log then says
``manifest``: name, size and SHA-256, so that no manifest can be left out later. A crash before that line leaves a
manifest that proves nothing yet; the next signature takes it up or replaces it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crawler.chain import LOG_NAME, Head, canonical_json
from crawler.evidence import EvidenceStore
from crawler.growing import write_whole
from crawler.ledger import FileSum, Ledger, file_sums
from crawler.signing import PublicKey, SigningKey, keys_folder, load_key
from models.errors import EvidenceError, MedadError

#: The folder inside the evidence directory.
FOLDER = "manifests"

#: The event of the log.
EVENT = "manifest"

FORMAT = "medad-manifest/1"

#: A larger file is no manifest of this program (bytes): about 400,000 WARC files.
_MAX_MANIFEST = 64_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as read. ``data`` is the file, ``sha256`` its hash; ``path`` ends in ``.json``."""

    path: Path
    data: bytes
    sha256: str
    head: Head
    tree: str
    files: tuple[FileSum, ...]
    key: str
    created_at: str
    previous: str

    @property
    def name(self) -> str:
        """Return the name within the evidence directory, as the log states it."""
        return f"{FOLDER}/{self.path.name}"

    @property
    def signature_path(self) -> Path:
        """Return where the detached signature lies."""
        return self.path.with_name(self.path.name + ".sig")

    @property
    def signature(self) -> bytes:
        """Return the signature; empty where there is none."""
        try:
            with self.signature_path.open("rb") as file:
                return file.read(1000)
        except FileNotFoundError:
            return b""


@dataclass(frozen=True, slots=True)
class Signed:
    """What ``sign_after`` did: the manifest's name, or why there is none (empty: no key was made)."""

    manifest: str = ""
    problem: str = ""


def read_manifest(path: Path) -> Manifest:
    """Read one manifest. Raises ``EvidenceError`` where it is not one."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_MANIFEST)
    except OSError as error:
        raise EvidenceError(f"{FOLDER}/{path.name} cannot be read: {error.strerror}.") from error
    try:
        return _parsed(path, data)
    except (ValueError, KeyError, TypeError, RecursionError, UnicodeError):
        raise EvidenceError(f"{FOLDER}/{path.name} is not a manifest of this program.") from None


def _parsed(path: Path, data: bytes) -> Manifest:
    content = json.loads(data)
    if content["format"] != FORMAT:
        raise ValueError(content["format"])
    head = Head(int(content["head"]["seq"]), str(content["head"]["hash"]))
    files = tuple(FileSum(str(f["name"]), int(f["bytes"]), str(f["sha256"])) for f in content["files"])
    texts = {name: str(content[name]) for name in ("tree", "key", "created_at", "previous")}
    return Manifest(path, data, hashlib.sha256(data).hexdigest(), head, files=files, **texts)


def manifests(evidence: Path) -> Iterator[Manifest]:
    """Yield every manifest that is signed, oldest first. Raises ``EvidenceError``."""
    for path in sorted((evidence / FOLDER).glob("[0-9]*.json")):
        manifest = read_manifest(path)
        if manifest.signature:
            yield manifest


def latest(evidence: Path, key: PublicKey) -> Manifest | None:
    """Return the newest manifest that ``key`` signed; others count for nothing."""
    for path in sorted((evidence / FOLDER).glob("[0-9]*.json"), reverse=True):
        try:
            manifest = read_manifest(path)
        except EvidenceError:
            continue  # verifying names it; signing anew needs only one to go on from
        if manifest.key == key.fingerprint and key.verify(manifest.data, manifest.signature):
            return manifest
    return None


def sign(evidence: Path, key: SigningKey) -> Manifest:
    """State and sign what the evidence is now; return the last manifest where nothing happened since.

    Every WARC file that is new is read through and held against the log first; removals that a crash interrupted are
    finished. Raises ``EvidenceError`` (what is broken is not signed), ``BusyError``, ``DiskFullError``.
    """
    before = latest(evidence, key.public)
    covered = {file.name: file for file in before.files} if before else {}
    ledger = Ledger(covered, before.head.seq if before else 0)
    with EvidenceStore(evidence, ledger.observe) as store:
        ledger.catch_up(store)
        if before is not None and not ledger.fresh and _logged(ledger, before):
            return before
        ledger.settle(evidence)
        return _write(store, ledger, key, before)


def _logged(ledger: Ledger, manifest: Manifest) -> bool:
    return ledger.seq > manifest.head.seq


def _write(store: EvidenceStore, ledger: Ledger, key: SigningKey, before: Manifest | None) -> Manifest:
    folder = store.directory / FOLDER
    folder.mkdir(exist_ok=True)
    public = folder / f"key-{key.public.fingerprint[:16]}.pem"
    if not public.exists():
        write_whole(public, key.public.pem)
    manifest = before if before and before.head == store.head else _new(store, ledger, key, before)
    store.append(
        {
            "event": EVENT,
            "name": manifest.name,
            "bytes": len(manifest.data),
            "sha256": manifest.sha256,
            "key": key.public.fingerprint,
        }
    )
    return manifest


def _new(store: EvidenceStore, ledger: Ledger, key: SigningKey, before: Manifest | None) -> Manifest:
    content = {
        "format": FORMAT,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "software": f"MedAdWatch/{version('medad')}",
        "head": {"seq": store.head.seq, "hash": store.head.hash},
        "tree": ledger.tree.root(),
        "files": [asdict(file) for file in file_sums(store.directory, ledger)],
        "key": key.public.fingerprint,
        "previous": before.sha256 if before else "",
    }
    data = canonical_json(content)
    path = store.directory / FOLDER / f"{store.head.seq:09d}.json"
    manifest = _parsed(path, data)
    # The signature first: without its manifest it is nothing, and a manifest never lacks its signature.
    path.unlink(missing_ok=True)  # an unsigned one, left by a crash of an older time
    write_whole(manifest.signature_path, key.sign(data))
    write_whole(path, data)
    return manifest


def sign_after(evidence: Path) -> Signed:
    """Sign at the end of a crawl or an import, where a key was made. Never raises: what was captured stays captured."""
    try:
        key = load_key(keys_folder(evidence)) if (evidence / LOG_NAME).exists() else None
        return Signed(sign(evidence, key).name) if key else Signed()
    except MedadError as error:
        return Signed(problem=str(error))
    except OSError as error:
        return Signed(problem=f"{error.filename or evidence}: {error.strerror}.")


def covering(evidence: Path, key: PublicKey, seq: int) -> Manifest | None:
    """Return the manifest to prove line ``seq`` by: the oldest with a time-stamp that covers it, else the oldest."""
    fitting = [
        manifest
        for manifest in manifests(evidence)
        if manifest.head.seq >= seq
        and manifest.key == key.fingerprint
        and key.verify(manifest.data, manifest.signature)
    ]
    stamped = [manifest for manifest in fitting if list(stamp_files(manifest))]
    return next(iter(stamped or fitting), None)


def stamp_files(manifest: Manifest) -> Iterator[Path]:
    """Yield the time-stamp requests and replies that were kept of a manifest."""
    yield from sorted(manifest.path.parent.glob(f"{manifest.path.name}.*.ts[qr]"))


def event_of(manifest: Manifest) -> Mapping[str, Any]:
    """Return what the log must say of a manifest."""
    return {"name": manifest.name, "bytes": len(manifest.data), "sha256": manifest.sha256, "key": manifest.key}
