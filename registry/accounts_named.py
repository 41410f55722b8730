"""Bank account numbers that an advertisement asks money to: 'STK: 0123 4567 8901 – Ngân hàng …'.

Only numbers with a label count: a bare row of digits may be a phone, a tax number or a price.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.vietnamese import folded

#: Accounts kept of one advertisement: a page that lists more is no advertiser's.
MOST = 10

_LABEL = r"(?<![a-z])(?:stk|so tk|so tai khoan|tk ngan hang|tai khoan ngan hang|tai khoan so)(?![a-z])"
_NUMBER = r"(?<!\d)(?P<number>\d(?:[ .\-]?\d){5,18})(?![ .\-]?\d)"

#: Between the label and the number stand a colon, the bank, the holder: no digits, and not much.
_ACCOUNT = re.compile(rf"{_LABEL}[^\d\n.!?;]{{0,48}}{_NUMBER}")

#: How far from the number its bank is looked for, in characters.
_NEAR = 60

_BANKS = (
    *("vietcombank", "vietinbank", "techcombank", "agribank", "sacombank", "vpbank", "tpbank", "hdbank", "seabank"),
    *("eximbank", "shb", "acb", "bidv", "mb bank", "mbbank", "msb", "ocb", "vib", "scb", "lpbank", "lienvietpostbank"),
    *("bac a bank", "nam a bank", "viet a bank", "abbank", "pvcombank", "vcb", "cake", "timo"),
)
_BANK = re.compile(rf"(?<![a-z])(?:{'|'.join(_BANKS)})(?![a-z])")


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account number (digits only) and the bank beside it, folded ('' where none is named)."""

    number: str
    bank: str = ""

    @property
    def shown(self) -> str:
        """How a reader sees it."""
        return f"{self.number} ({self.bank.upper()})" if self.bank else self.number


def find_accounts(text: str) -> tuple[BankAccount, ...]:
    """The distinct labelled account numbers in a text, in order, at most ``MOST``. Linear in the text's length."""
    plain = folded(text)
    found: dict[str, BankAccount] = {}
    for account in _accounts(plain):
        found.setdefault(account.number, account)
        if len(found) == MOST:
            break
    return tuple(found.values())


def _accounts(plain: str) -> Iterator[BankAccount]:
    for each in _ACCOUNT.finditer(plain):
        number = re.sub(r"\D", "", each["number"])
        near = plain[each.start() : each.end() + _NEAR]
        bank = _BANK.search(near) or _BANK.search(plain, max(0, each.start() - _NEAR), each.start())
        yield BankAccount(number, bank[0] if bank else "")
