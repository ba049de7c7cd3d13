"""E-mail addresses: read in every way that people write them, and one key for all spellings of one address."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

import idna
from email_validator import validate_email

from trustweb.typed import without_ignorable

NOBODY = ""
"""The key of what is no address. No account has it."""
_LONGEST = 1024
_LONGEST_ADDRESS, _LONGEST_DOMAIN = 254, 255
_JOINER_LETTERS = "\u200c\u200d"
_JOINERS = str.maketrans("", "", _JOINER_LETTERS)
# Keyboards of East Asia, and braille's blank. No domain has one of these.
_PLAIN = str.maketrans("＠﹫。｡．﹒․︒⠀", "@@...... ")
# What "Copy address" and lists of recipients put around one. No address has these signs outside of quotes.
_MAILTO = re.compile(r"\s*(mailto:\s*)+", re.IGNORECASE)
_QUERY = re.compile(r"(?<=mailto:)([^<>?]*)\?[^<>]*", re.IGNORECASE)
_AFTER = re.compile(r"([^<>,;]*)(>?)[\s,;]*")
_OTHERS = re.compile(r">|@.*[,;]|[,;].*@", re.DOTALL)
_IN_NO_ADDRESS = re.compile(r"[\s()<>\[\]:;@\\,\"]|\.\.")


def clean(typed: str) -> str:
    """The address as people read it, and as mails go to it. Raises ValueError for what is none."""
    local, domain = _read(typed)
    people_read = idna.decode(domain)
    # The library takes no joiners; those that are left here are where IDNA 2008 wants them.
    without = people_read.translate(_JOINERS)
    checked = validate_email(f"{local}@{without}", check_deliverability=False, test_environment=True)
    if len(f"{local}@{domain}".encode()) > _LONGEST_ADDRESS:
        raise ValueError("too long")
    return f"{checked.local_part}@{people_read}"


def key(typed: str) -> str:
    """What all spellings of one address have in common, and NOBODY for what is none.

    The domain is as the DNS has it. The part before it is in small letters; a sigma at the end of a word is a sigma,
    for capitals do not tell the two apart.
    """
    try:
        local, domain = _read(typed)
    except ValueError:
        return NOBODY
    return f"{_plain(local.lower().replace('ς', 'σ'))}@{domain}"


def _read(typed: str) -> tuple[str, str]:
    """The part before the @, and the domain in ASCII. Raises ValueError."""
    if len(typed) > _LONGEST:
        raise ValueError("too long")
    text = _QUERY.sub(r"\1", without_ignorable(typed, kept=_JOINER_LETTERS).translate(_PLAIN))
    local, _, domain = text.rpartition("@")
    local, domain = _unwrapped(_plain(local.translate(_JOINERS)), domain)
    if not (local and local.isprintable()):
        raise ValueError("nothing that could be a mailbox")
    return local, _in_ascii(domain.strip())


def _unwrapped(local: str, domain: str) -> tuple[str, str]:
    """One address out of ``Anna <anna@example.com>``, ``mailto:anna@example.com?subject=Hi`` or ``anna@example.com;``.

    Raises ValueError when there are several.
    """
    after = _AFTER.fullmatch(domain)
    if after is None:
        return local, domain
    called, bracket, inside = local.rpartition("<")
    if bool(bracket) != bool(after[2]) or _OTHERS.search(called):
        raise ValueError("not one address")
    begins = _MAILTO.match(inside)
    return inside[begins.end() if begins else 0 :].strip(), after[1]


def _plain(local: str) -> str:
    """In compatible letters (NFKC), but for signs that would fall apart into what is no address: ´ is a blank there."""
    if local.isascii():
        return local
    runs = groupby(local, key=_falls_apart)
    return unicodedata.normalize("NFC", "".join(_nfkc("".join(run), kept=kept) for kept, run in runs))


def _nfkc(run: str, *, kept: bool) -> str:
    return run if kept else unicodedata.normalize("NFKC", run)


def _falls_apart(sign: str) -> bool:
    return not sign.isascii() and bool(_IN_NO_ADDRESS.search(unicodedata.normalize("NFKC", sign)))


def _in_ascii(domain: str) -> str:
    """By IDNA 2008, where ß and ς are letters of their own, as in the DNS: by Python's codec (IDNA 2003) they become ss
    and σ, which is somebody else's domain. Raises ValueError."""
    if len(domain) > _LONGEST_DOMAIN:
        raise ValueError("too long")
    mapped = idna.uts46_remap(domain, std3_rules=False)
    # Some scripts are misspelt without joiners, and that is another domain; elsewhere they came along.
    kept = (c for at, c in enumerate(mapped) if c not in "\u200c\u200d" or idna.valid_contextj(mapped, at))
    return idna.encode("".join(kept).rstrip("."), strict=True).decode()
