"""Codes that standards define: currency (ISO 4217), credit code (GB 32100), industry (GB/T 4754)."""

import re
from functools import lru_cache

from registry.catalogue.issues import Unreadable
from registry.catalogue.writing import clean, is_scientific, unreadable

_ISO_4217 = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL "
    "GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF "
    "KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN "
    "MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD "
    "SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH "
    "UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG "
)
CURRENCIES = frozenset(_ISO_4217.split())
_CURRENCY_NAMES = {"人民币": "CNY", "元": "CNY", "rmb": "CNY", "¥": "CNY", "港币": "HKD", "港元": "HKD",
                   "澳门元": "MOP", "新台币": "TWD", "美元": "USD", "美金": "USD", "欧元": "EUR"}  # fmt: skip
# Sections of GB/T 4754-2017 and the two-digit divisions each one holds (first, last).
INDUSTRY_DIVISIONS = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52), "G": (53, 60),
    "H": (61, 62), "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79),
    "O": (80, 82), "P": (83, 83), "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip
_INDUSTRY = re.compile(r"([A-T]?)(\d{2})(\d{0,2})|([A-T])", re.ASCII)
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUES = {letter: value for value, letter in enumerate(_CREDIT_ALPHABET)}


@lru_cache(maxsize=256)
def read_currency(text: str) -> str:
    """An ISO 4217 code in capitals. Raises Unreadable: currency_unknown."""
    text = clean(text)
    code = _CURRENCY_NAMES.get(text.lower(), text.upper())
    if code not in CURRENCIES:
        raise unreadable(text, "currency_unknown")
    return code


@lru_cache(maxsize=4096)
def read_credit_code(text: str) -> str:
    """A unified social credit code: 18 characters with the MOD 31-3 check character of GB 32100-2015.

    Raises Unreadable: credit_code_check, number_damaged.
    """
    code = clean(text).upper().replace(" ", "").replace("-", "")
    if is_scientific(code):
        raise Unreadable("number_damaged")
    if len(code) != 18 or not set(code) <= _CREDIT_VALUES.keys():
        raise unreadable(code, "credit_code_check")
    total = sum(_CREDIT_VALUES[letter] * pow(3, place, 31) for place, letter in enumerate(code[:17]))
    if _CREDIT_ALPHABET[-total % 31] != code[17]:
        raise Unreadable("credit_code_check")
    return code


@lru_cache(maxsize=4096)
def read_industry(text: str) -> str:
    """A GB/T 4754-2017 code with its section letter: I, I64, I6420; the letter is found from the digits.

    Raises Unreadable: industry_unknown.
    """
    code = clean(text).upper()
    found = _INDUSTRY.fullmatch(code)
    if found is None:
        raise unreadable(code, "industry_unknown")
    if found[4]:
        return code
    division = int(found[2])
    for section, (first, last) in INDUSTRY_DIVISIONS.items():
        if first <= division <= last and found[1] in ("", section):
            return f"{section}{found[2]}{found[3]}"
    raise Unreadable("industry_unknown")
