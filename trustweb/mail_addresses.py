"""E-mail addresses: parsing of what people type or paste, and one key for all spellings of an address."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

import idna

from trustweb.typed import without_ignorable

NOBODY = ""
"""The key of a text that is no address. No account has it."""
_LONGEST = 1024
_LONGEST_ADDRESS, _LONGEST_DOMAIN = 254, 255
_JOINER_LETTERS = "\u200c\u200d"
_JOINERS = str.maketrans("", "", _JOINER_LETTERS)
# Full-width and similar signs of East Asian keyboards, and the blank of braille. No domain has one of these.
_PLAIN = str.maketrans("＠﹫。｡．﹒․︒⠀", "@@...... ")
# Text that "Copy address" and lists of recipients put around an address. No address has these signs outside of quotes.
_MAILTO = re.compile(r"\s*(mailto:\s*)+", re.IGNORECASE)
_QUERY = re.compile(r"(?<=mailto:)([^<>?]*)\?[^<>]*", re.IGNORECASE)
_AFTER = re.compile(r"([^<>,;]*)(>?)[\s,;]*")
_OTHERS = re.compile(r">|@.*[,;]|[,;].*@", re.DOTALL)
# Nearly all domains are like this. IDNA leaves them as they are, and takes twenty times as long to do so. After two
# hyphens a label may be an encoded one, which IDNA checks.
_PLAIN_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN_DOMAIN = re.compile(rf"(?!.*--)(?=.{{1,253}}$){_PLAIN_LABEL}(\.{_PLAIN_LABEL})*")
_IN_NO_ADDRESS = re.compile(r"[\s()<>\[\]:;@\\,\"]|\.\.")


def clean(typed: str) -> str:
    """Return the address as people read it, and as mails are sent to it. Raises ValueError."""
    from email_validator import validate_email  # late: its tables take 20 ms, at every start of a process

    local, domain = _read(typed)
    people_read = idna.decode(domain)
    # The library refuses joiners; those that are left here are where IDNA 2008 requires them.
    without = people_read.translate(_JOINERS)
    checked = validate_email(f"{local}@{without}", check_deliverability=False, test_environment=True)
    if len(f"{local}@{domain}".encode()) > _LONGEST_ADDRESS:
        raise ValueError("too long")
    return f"{checked.local_part}@{people_read}"


def key(typed: str) -> str:
    """Return the key that all spellings of an address share, and NOBODY for a text that is none.

    The domain is in its DNS form. The part before the @ is in lower case; a final sigma counts as a sigma, as both have
    the same capital letter.
    """
    try:
        local, domain = _read(typed)
    except ValueError:
        return NOBODY
    return f"{_plain(local.lower().replace('ς', 'σ'))}@{domain}"


def _read(typed: str) -> tuple[str, str]:
    """Return the part before the @, and the domain in ASCII. Raises ValueError."""
    if len(typed) > _LONGEST:
        raise ValueError("too long")
    text = _QUERY.sub(r"\1", without_ignorable(typed, kept=_JOINER_LETTERS).translate(_PLAIN))
    local, _, domain = text.rpartition("@")
    local, domain = _unwrapped(_plain(local.translate(_JOINERS)), domain)
    if not (local and local.isprintable()):
        raise ValueError("nothing that could be a mailbox")
    return local, _in_ascii(domain.strip())


def _unwrapped(local: str, domain: str) -> tuple[str, str]:
    """Take the address out of ``Anna <anna@example.com>``, ``mailto:anna@example.com`` or ``anna@example.com;``.

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
    """Return the NFKC form, except of signs that would become characters that no address has: ´ would get a space."""
    if local.isascii():
        return local
    runs = groupby(local, key=_falls_apart)
    return unicodedata.normalize("NFC", "".join(_nfkc("".join(run), kept=kept) for kept, run in runs))


def _nfkc(run: str, *, kept: bool) -> str:
    return run if kept else unicodedata.normalize("NFKC", run)


def _falls_apart(sign: str) -> bool:
    return not sign.isascii() and bool(_IN_NO_ADDRESS.search(unicodedata.normalize("NFKC", sign)))


def _in_ascii(domain: str) -> str:
    """Encode a domain by IDNA 2008, as the DNS does. Raises ValueError.

    Python's own codec (IDNA 2003) turns ß and ς into ss and σ, which gives somebody else's domain.
    """
    if len(domain) > _LONGEST_DOMAIN:
        raise ValueError("too long")
    if domain.isascii() and _PLAIN_DOMAIN.fullmatch(lowered := domain.lower()):
        return lowered
    mapped = idna.uts46_remap(domain, std3_rules=False)
    # In some scripts a domain without its joiners is another domain; elsewhere joiners are left over from pasting.
    kept = (c for at, c in enumerate(mapped) if c not in "\u200c\u200d" or idna.valid_contextj(mapped, at))
    return idna.encode("".join(kept).rstrip("."), strict=True).decode()
