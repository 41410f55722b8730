"""The key that signs the evidence: Ed25519, kept in ``DATA/keys``; the public half is for whoever checks.

The private half is PKCS #8 PEM with mode 0600, encrypted where ``MEDAD_KEY_PASSPHRASE`` is set. A key is made once and
never overwritten: what it has signed stays checkable. ``fingerprint`` is the SHA-256 (hex) of the public key's
SubjectPublicKeyInfo in DER, as ``openssl pkey -pubin -in FILE -outform DER | sha256sum`` prints it.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from crawler.growing import sync_directory, unwritable, write_whole
from models.errors import InputError

#: Names inside the folder of keys.
PRIVATE_NAME = "signing.pem"
PUBLIC_NAME = "signing.pub.pem"

#: The environment variable that holds the passphrase of the private key.
PASSPHRASE = "MEDAD_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable

#: A key file is small; a larger one is none (bytes).
_MAX_PEM = 100_000


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half that checks. ``pem`` is SubjectPublicKeyInfo; ``source`` says where it was read."""

    pem: bytes
    der: bytes
    fingerprint: str
    source: str = ""

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Say whether ``signature`` (64 bytes) is this key's over ``data``."""
        key = load_pem_public_key(self.pem)
        assert isinstance(key, Ed25519PublicKey)
        try:
            key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The half that signs."""

    private: Ed25519PrivateKey
    public: PublicKey

    def sign(self, data: bytes) -> bytes:
        """Return the signature over ``data`` (64 bytes)."""
        return self.private.sign(data)


def keys_folder(evidence: Path) -> Path:
    """Return where the keys of an evidence directory lie: beside it, never inside."""
    return evidence.resolve().parent / "keys"


def make_key(folder: Path) -> tuple[SigningKey, bool]:
    """Return the key of ``folder`` and whether it was made now. An existing key is never touched.

    Raises ``InputError`` where the folder cannot be written, or its key cannot be read.
    """
    private = folder / PRIVATE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = not private.exists() and _create(private, Ed25519PrivateKey.generate())
    except OSError as error:
        raise unwritable(private, error) from error
    key = load_key(folder)
    if key is None:
        raise InputError(f"{private} cannot be read back.", "See to the disk, then run it again.")
    _publish(folder / PUBLIC_NAME, key.public)
    return key, made


def _create(path: Path, key: Ed25519PrivateKey) -> bool:
    """Put the private key at ``path`` whole, or leave what another process put there meanwhile."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, _encryption()))
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)  # fails where the name is taken: a rename would overwrite
    except FileExistsError:
        return False
    finally:
        part.unlink(missing_ok=True)
    sync_directory(path.parent)
    return True


def _encryption() -> KeySerializationEncryption:
    passphrase = _passphrase()
    return BestAvailableEncryption(passphrase) if passphrase else NoEncryption()


def _passphrase() -> bytes | None:
    return os.environ.get(PASSPHRASE, "").encode() or None


def _publish(path: Path, public: PublicKey) -> None:
    if not path.exists():
        write_whole(path, public.pem)
    elif load_public(path).fingerprint != public.fingerprint:
        raise InputError(f"{path} is not the public half of {PRIVATE_NAME}.", "Restore the pair from a copy.")


def load_key(folder: Path) -> SigningKey | None:
    """Return the signing key of ``folder``; ``None`` where there is none. Raises ``InputError``: it is unusable."""
    path = folder / PRIVATE_NAME
    if not path.exists():
        return None
    pem = _read(path)
    if path.stat().st_mode & 0o077:
        raise InputError(f"{path} can be read by other users.", f"Take that away: chmod 600 {path}")
    encrypted = b"ENCRYPTED PRIVATE KEY" in pem
    if encrypted and _passphrase() is None:
        raise InputError(f"{path} is protected by a passphrase.", f"Put it into the environment as {PASSPHRASE}.")
    try:
        key = load_pem_private_key(pem, _passphrase() if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        remedy = f"Check {PASSPHRASE}." if encrypted else "Restore it from a copy."
        raise InputError(f"{path} cannot be opened.", remedy) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(f"{path} is no Ed25519 key.", "Restore the one that medad init made.")
    return SigningKey(key, public_key(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)))


def public_key(pem: bytes, source: str = "") -> PublicKey:
    """Read a public key from PEM. Raises ``InputError`` where it is none, or not Ed25519."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"{source or 'the file'} is no Ed25519 public key in PEM.", f"Name {PUBLIC_NAME}.")
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    plain = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(plain, der, hashlib.sha256(der).hexdigest(), source)


def load_public(path: Path) -> PublicKey:
    """Read a public key file. Raises ``InputError``."""
    return public_key(_read(path), str(path))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_PEM)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check its name and permissions.") from error
