"""Who may sign in, and who is signed in: accounts with argon2 hashes, and sessions of which only a hash is kept.

Five wrong passwords lock an account for a quarter of an hour. A name that nobody has costs the same work as one that
somebody has, and gets the same answer. Messages are Vietnamese where readers see them at sign-in.
"""

import hashlib
import re
import secrets
import threading
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, case, delete, update
from sqlmodel import col, select

from models import tables
from models.database import insert_missing, session
from models.errors import InputError, MissingPackageError
from models.vocabulary import Role

#: Wrong passwords in a row that lock an account, and for how long.
MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)

#: A session ends after so long without a request, and after so long in any case.
IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=12)

#: How often the time of the last request is written down: not at every one, which would be a write each.
_SEEN_EVERY = timedelta(minutes=1)

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_SHORTEST, _LONGEST_PASSWORD = 12, 256

#: An argon2 hash takes 64 MB while it is made: so many at once and no more, whatever is asked.
_AT_ONCE = threading.BoundedSemaphore(2)

REFUSED = "Tên đăng nhập hoặc mật khẩu không đúng, hoặc tài khoản đang tạm khóa."
REFUSED_REMEDY = "Sau 5 lần nhập sai, tài khoản tạm khóa 15 phút."


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as it is listed: never its hash."""

    account_id: int
    name: str
    display_name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whoever a session belongs to."""

    account_id: int
    name: str
    display_name: str
    role: Role


# ── accounts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def create_account(engine: Engine, name: str, password: str, role: Role, display_name: str = "") -> AccountRow:
    """Add an account. Raises ``InputError`` for a name that is taken or is none, or a password that is too weak."""
    wanted = name.strip().lower()
    if not _NAME.fullmatch(wanted):
        raise InputError(
            f"{name[:40]!r} is no account name.", "Use 2 to 32 of: a-z, 0-9, dot, hyphen, underscore; a letter first."
        )
    row = {
        "name": wanted,
        "display_name": " ".join(display_name.split())[:100] or wanted,
        "role": role,
        "password_hash": _hashed(password, wanted),
        "created_at": tables.now(),
        "failures": 0,
    }
    with session(engine) as opened:
        if opened.exec(select(tables.Account.id).where(tables.Account.name == wanted)).first() is not None:
            raise InputError(f"there is an account '{wanted}' already.", "Choose another name.")
        insert_missing(opened, tables.Account, [row])
        kept = opened.exec(select(tables.Account).where(tables.Account.name == wanted)).one()
        if kept.password_hash != row["password_hash"]:  # another process was faster by a moment
            raise InputError(f"there is an account '{wanted}' already.", "Choose another name.")
        return _row(kept)


def list_accounts(engine: Engine) -> list[AccountRow]:
    """Return the accounts by name, disabled ones too."""
    with session(engine) as opened:
        return [_row(row) for row in opened.exec(select(tables.Account).order_by(col(tables.Account.name)))]


def disable_account(engine: Engine, name: str) -> AccountRow:
    """Let an account in no more and end its sessions; what it did stays. Raises ``InputError`` where there is none."""
    with session(engine) as opened:
        row = _named(opened, name)
        row.disabled_at = row.disabled_at or tables.now()
        opened.execute(delete(tables.Login).where(col(tables.Login.account_id) == row.id))
        opened.flush()
        return _row(row)


def set_password(engine: Engine, name: str, password: str) -> AccountRow:
    """Give an account another password: its sessions end, a lock is lifted, a disabled account is let in again."""
    hashed = _hashed(password, name)
    with session(engine) as opened:
        row = _named(opened, name)
        row.password_hash, row.failures, row.locked_until, row.disabled_at = hashed, 0, None, None
        opened.execute(delete(tables.Login).where(col(tables.Login.account_id) == row.id))
        opened.flush()
        return _row(row)


def _named(opened: Any, name: str) -> tables.Account:
    row: tables.Account | None = opened.exec(
        select(tables.Account).where(tables.Account.name == name.strip().lower())
    ).first()
    if row is None:
        raise InputError(f"there is no account '{name[:40]}'.", "List them with: medad accounts list")
    return row


def _row(row: tables.Account) -> AccountRow:
    assert row.id is not None
    return AccountRow(
        row.id, row.name, row.display_name or row.name, row.role, row.created_at, row.disabled_at, row.locked_until
    )


# ── passwords ───────────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1)
def _hasher() -> Any:
    try:
        from argon2 import PasswordHasher
    except ImportError:
        raise MissingPackageError("signing in", "review") from None
    return PasswordHasher()  # RFC 9106, the second recommended option: 64 MiB, three passes


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """A hash that no password fits: checked where there is no account, so that the time tells nothing."""
    return str(_hasher().hash(secrets.token_hex(16)))


def _composed(password: str) -> str:
    """One form of the same typed letters: Vietnamese keyboards compose diacritics differently."""
    return unicodedata.normalize("NFC", password)


def _hashed(password: str, name: str) -> str:
    if not _SHORTEST <= len(password) <= _LONGEST_PASSWORD:
        raise InputError(
            "the password is too short or too long.", f"Use {_SHORTEST} to {_LONGEST_PASSWORD} characters."
        )
    if len(set(password)) < 5 or name.strip().lower() in password.lower():
        raise InputError("the password is easily guessed.", "Use other characters, and not the account's name.")
    with _AT_ONCE:
        return str(_hasher().hash(_composed(password)))


def _fits(stored: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    with _AT_ONCE:
        try:
            return bool(_hasher().verify(stored, _composed(password)))
        except (VerificationError, InvalidHashError):
            return False


def authenticate(engine: Engine, name: str, password: str) -> AccountRow:
    """Return the account of this name and password. Raises ``InputError`` (Vietnamese), for every cause the same.

    The fifth failure in a row locks the account; while it is locked even the right password is refused, after the same
    work.
    """
    given = password[:_LONGEST_PASSWORD]
    with session(engine) as opened:
        row = opened.exec(select(tables.Account).where(tables.Account.name == name.strip().lower()[:64])).first()
        known = None if row is None else (row.id, row.password_hash)
        shut = row is None or row.disabled_at is not None or _locked(row.locked_until)
    fits = _fits(_nobodys() if known is None or shut else known[1], given)  # outside of a transaction: it takes long
    if known is None or shut:
        raise InputError(REFUSED, REFUSED_REMEDY)
    with session(engine) as opened:
        ours = col(tables.Account.id) == known[0]
        if not fits:
            _count_failure(opened, ours)
            opened.commit()  # the refusal below must not roll the count back
            raise InputError(REFUSED, REFUSED_REMEDY)
        opened.execute(update(tables.Account).where(ours).values(failures=0, locked_until=None))
        account = opened.get(tables.Account, known[0])
        # Disabled, locked or changed while the hash was computed: the state now is what counts.
        if account is None or account.disabled_at is not None or account.password_hash != known[1]:
            raise InputError(REFUSED, REFUSED_REMEDY)
        return _row(account)


def _locked(until: datetime | None) -> bool:
    return until is not None and until > tables.now()


def _count_failure(opened: Any, ours: Any) -> None:
    """Count in one statement: of guesses sent at once none is overlooked."""
    full = col(tables.Account.failures) + 1 >= MOST_FAILURES
    opened.execute(
        update(tables.Account)
        .where(ours)
        .values(
            failures=case((full, 0), else_=col(tables.Account.failures) + 1),
            locked_until=case((full, tables.now() + LOCKED_FOR), else_=col(tables.Account.locked_until)),
        )
    )


# ── sessions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_login(engine: Engine, account_id: int) -> str:
    """Open a session and return its token, which is stored nowhere. Sessions that ended are cleared away."""
    token, now = secrets.token_urlsafe(32), tables.now()
    with session(engine) as opened:
        over = (col(tables.Login.expires_at) <= now) | (col(tables.Login.seen_at) <= now - IDLE)
        opened.execute(delete(tables.Login).where(over))
        row = tables.Login(
            token_sha256=_key(token), account_id=account_id, created_at=now, seen_at=now, expires_at=now + LONGEST
        )
        opened.add(row)
    return token


def who(engine: Engine, token: str) -> SignedIn | None:
    """Return whose session the token is; ``None`` where it is nobody's, over, idle too long, or of a disabled one."""
    now = tables.now()
    with session(engine) as opened:
        found = opened.exec(
            select(tables.Login, tables.Account)
            .join(tables.Account, col(tables.Account.id) == col(tables.Login.account_id))
            .where(tables.Login.token_sha256 == _key(token))
        ).first()
        if found is None:
            return None
        login, account = found
        if login.expires_at <= now or login.seen_at <= now - IDLE or account.disabled_at is not None:
            return None
        if login.seen_at <= now - _SEEN_EVERY:
            login.seen_at = now
        assert account.id is not None
        return SignedIn(account.id, account.name, account.display_name or account.name, account.role)


def close_login(engine: Engine, token: str) -> None:
    """End the session of this token, if there is one."""
    with session(engine) as opened:
        opened.execute(delete(tables.Login).where(col(tables.Login.token_sha256) == _key(token)))
