"""Time-stamps of a stranger's clock (RFC 3161) on manifests: asked for, checked, kept.

Of manifest ``NNN.json``, reply number N is kept as ``NNN.json.N.tsq`` (what was asked) and ``NNN.json.N.tsr`` (the
authority's answer, as it came), and the log says so (``timestamp``). Only the SHA-256 of the manifest is sent.
Needs the package rfc3161-client (extra ``timestamp``); everybody else may check with ``openssl ts -verify``.
"""

import hashlib
import http.client
import re
import ssl
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509

from crawler.der import in_order, request_parts
from crawler.evidence import EvidenceStore
from crawler.growing import write_whole
from crawler.manifest import FOLDER, Manifest
from models.errors import EvidenceError, InputError, MissingPackageError

if TYPE_CHECKING:
    from rfc3161_client.tsp import TimeStampResponse

#: The event of the log.
EVENT = "timestamp"

#: A reply with its certificates takes a few kilobytes; a larger one is none (bytes).
_MAX_REPLY = 200_000

#: What OpenSSL says where the certificates at hand do not lead to a root.
_NO_ROOT = "certificate verify error"

#: Seconds to wait for an authority, for the whole answer.
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a reply says. ``at`` is aware; ``authority`` names the signer's certificate.

    ``signature``: the reply's own signature was checked against the certificate within it; ``chain``: against the
    certificates that the verifier trusts.
    """

    at: datetime
    authority: str
    policy: str
    serial: str
    signature: bool
    chain: bool


def load_roots(path: Path) -> list[x509.Certificate]:
    """Read the certificates that a verifier trusts (PEM, one or several). Raises ``InputError``."""
    try:
        with path.open("rb") as file:
            return x509.load_pem_x509_certificates(file.read(1_000_000))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Name a file of certificates (PEM).") from error
    except ValueError:
        raise InputError(f"{path} holds no certificates.", "Name a file of certificates (PEM).") from None


def request_for(data: bytes) -> bytes:
    """Return a request over the SHA-256 of ``data``: with a nonce, asking for the certificates."""
    _need()
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()


def available() -> bool:
    """Say whether replies can be read here."""
    try:
        import rfc3161_client  # noqa: F401
    except ImportError:
        return False
    return True


def _need() -> None:
    if not available():
        raise MissingPackageError("asking for time-stamps", "timestamp")


def ask(url: str, request: bytes) -> bytes:
    """Send a request to a time-stamping authority; return its reply. Raises ``InputError``: why there is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"'{url}' is no address of a time-stamping authority.", "It begins with http:// or https://.")
    try:
        return _exchange(parts.scheme, parts.hostname, parts.port, parts._replace(scheme="", netloc=""), request)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise InputError(f"{url} gave no time-stamp: {error or type(error).__name__}.", "Try again later.") from error


def _exchange(scheme: str, host: str, port: int | None, rest: object, request: bytes) -> bytes:
    deadline = time.monotonic() + _PATIENCE
    if scheme == "https":
        secure = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(host, port, timeout=10, context=secure)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        target = rest.geturl() if hasattr(rest, "geturl") else "/"
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        connection.request("POST", target or "/", request, headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(f"it answered {answer.status}")
        reply = b""
        while chunk := answer.read1(1 << 14):
            reply += chunk
            if len(reply) > _MAX_REPLY or time.monotonic() > deadline:
                raise ValueError("its answer is too long or too slow")
        return reply
    finally:
        connection.close()


def read_stamp(
    reply: bytes, data: bytes, request: bytes | None = None, roots: list[x509.Certificate] | None = None
) -> Stamp:
    """Check a reply against ``data`` (and the request, and the certificates that are trusted); return what it says.

    Raises ``EvidenceError`` where anything does not hold, ``MissingPackageError``.
    """
    _need()
    from rfc3161_client import decode_timestamp_response

    try:
        response = decode_timestamp_response(in_order(reply))
        status = response.status
    except ValueError as error:
        raise EvidenceError(f"it is no time-stamp reply ({error}).") from error
    if status != 0:
        words = "; ".join(response.status_string) or f"status {status}"
        raise EvidenceError(f"the authority refused: {words}.")
    info = response.tst_info
    if info.message_imprint.message != _digest(data, info.message_imprint.hash_algorithm.dotted_string):
        raise EvidenceError("it is a time-stamp on other data.")
    if request is not None and _nonce(request, data) != info.nonce:
        raise EvidenceError("it answers another request (the nonce differs).")
    certificates = _certificates(response)
    if roots:
        _against(response, data, roots)
    return Stamp(
        at=info.gen_time,
        authority=_signer(response, certificates),
        policy=info.policy.dotted_string,
        serial=str(info.serial_number),
        signature=bool(roots) or _own(response, data, certificates),
        chain=bool(roots),
    )


def _digest(data: bytes, oid: str) -> bytes:
    names = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.3": "sha512"}
    return hashlib.new(names[oid], data).digest() if oid in names else b""


def _nonce(request: bytes, data: bytes) -> int | None:
    """Return the nonce of a request, which must be on ``data``."""
    try:
        digest, nonce = request_parts(request)
    except ValueError as error:
        raise EvidenceError(f"its request is none ({error}).") from error
    if digest != hashlib.sha256(data).digest():
        raise EvidenceError("its request is on other data.")
    return nonce


def _certificates(response: "TimeStampResponse") -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(der) for der in response.signed_data.certificates]
    except ValueError as error:
        raise EvidenceError(f"its certificates cannot be read ({error}).") from error


def _signer(response: "TimeStampResponse", certificates: list[x509.Certificate]) -> str:
    for signer in response.signed_data.signer_infos:
        for certificate in certificates:
            if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number):
                name = certificate.subject.rfc4514_string()
                return "".join(char for char in name if char.isprintable())[:200]  # it is shown on a terminal
    return "unknown"


def _against(response: "TimeStampResponse", data: bytes, roots: list[x509.Certificate]) -> None:
    from rfc3161_client import VerificationError, VerifierBuilder

    try:
        VerifierBuilder(roots=list(roots)).build().verify_message(response, data)
    except (VerificationError, ValueError) as error:
        reasons = re.findall(r'reason: "([^"]+)"|Verify error: ([^"]+)', str(error))
        words = "; ".join(dict.fromkeys(word for pair in reasons for word in pair if word)) or str(error)
        raise EvidenceError(f"its signature does not hold: {words}.") from error


def _own(response: "TimeStampResponse", data: bytes, certificates: list[x509.Certificate]) -> bool:
    """Say whether the reply holds against its own certificates: it is whole, though who signed it is not known.

    Where they do not reach up to a root nothing can be said without ``roots``. Raises where the signature is broken.
    """
    try:
        _against(response, data, certificates)
    except EvidenceError as error:
        if _NO_ROOT not in error.what:
            raise
        return False
    return True


def stamp(evidence: Path, manifest: Manifest, url: str, roots: list[x509.Certificate] | None = None) -> Stamp:
    """Have ``manifest`` time-stamped, check the reply, keep both files, and log them. Raises as ``ask``."""
    request = request_for(manifest.data)
    reply = ask(url, request)
    try:
        stated = read_stamp(reply, manifest.data, request, roots)
    except EvidenceError as error:
        raise InputError(f"The reply of {url} is refused: {error.what}", "Nothing was kept.") from error
    with EvidenceStore(evidence) as store:
        number = 1 + len(list((evidence / FOLDER).glob(f"{manifest.path.name}.*.tsr")))
        asked, answered = (manifest.path.with_name(f"{manifest.path.name}.{number}.{kind}") for kind in ("tsq", "tsr"))
        write_whole(asked, request)
        write_whole(answered, reply)
        store.append(
            {
                "event": EVENT,
                "manifest": manifest.name,
                "name": f"{FOLDER}/{answered.name}",
                "sha256": hashlib.sha256(reply).hexdigest(),
                "request_sha256": hashlib.sha256(request).hexdigest(),
                "authority": stated.authority,
                "stated_at": stated.at.isoformat(),
                "url": url,
            }
        )
    return stated
