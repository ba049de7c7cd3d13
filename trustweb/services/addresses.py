"""Rules for the addresses that an operator registers for a service. Apps' own are compared byte by byte later.

Each check returns the address as it is, or raises ValueError with what is wrong, as the end of a sentence.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from trustweb import origins

LONGEST = 512
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
# RFC 3986 without # (a fragment) and * (no wildcards); browsers read a backslash as a slash.
_ALLOWED = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()+,;=%-]+")
_WEB = re.compile(r"(https?)://([^/?]*)(.*)")
# RFC 8252: a domain of the app's owner, the other way round, so that no two apps have the same by chance.
_PRIVATE = re.compile(r"([a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+):/+([^?]*)(?:\?.*)?")
_DOTS = {".", ".."}


def redirect(uri: str, *, public: bool) -> str:
    """Check where an app wants people sent back to.

    ``public``: it may be an app on a phone, with a scheme of its own.
    """
    _require_plain(uri)
    if _WEB.fullmatch(uri):
        return _web(uri)
    private = _PRIVATE.fullmatch(uri)
    if private is None:
        raise ValueError("must begin with https://, or http:// and localhost; apps on phones have com.example.app:/…")
    if not public:
        raise ValueError("has a scheme of its own, which is for --public apps only")
    if "@" in private[2]:
        raise ValueError("must not have an @ before its path")
    _require_no_dots(private[2])
    return uri


def logout(uri: str) -> str:
    """Check where an app hears of ended sign-ins: the site itself calls it."""
    _require_plain(uri)
    if not _WEB.fullmatch(uri):
        raise ValueError("must begin with https://, or http:// and localhost")
    return _web(uri)


def site(text: str, own_host: str, *, local: bool) -> str:
    """Return the origin of a site behind the browser door as browsers spell it.

    ``own_host``: of our public URL; ``local``: that is on this machine.
    """
    try:
        origin = origins.origin(text)
    except ValueError:
        raise ValueError(
            "must be like https://photos.example.com: a scheme, a host, at most a port, and no path"
        ) from None
    host = urlsplit(origin).hostname or ""
    if host == "localhost" or _is_address(host):
        raise ValueError(
            "must have a name of its own, such as photos.localhost: cookies ignore ports, so every site of that host "
            "would get this one's"
        )
    if host == own_host:
        raise ValueError("is the host of the account itself; the service needs another one")
    if origin.startswith("http://") and not (local and host.endswith(".localhost")):
        raise ValueError("must begin with https://")
    return origin


def host_of(origin: str) -> str:
    return urlsplit(origin).hostname or ""


def _require_plain(uri: str) -> None:
    if len(uri) > LONGEST:
        raise ValueError(f"has more than {LONGEST} characters")
    if "#" in uri:
        raise ValueError("must not have a fragment (#)")
    if "*" in uri:
        raise ValueError("must not have a wildcard (*); register each address")
    if not _ALLOWED.fullmatch(uri):
        raise ValueError(r"must have only the characters of addresses: no blanks, no \, no letters beyond ASCII")


def _web(uri: str) -> str:
    scheme, authority, rest = _WEB.fullmatch(uri).groups()  # type: ignore[union-attr]
    if "@" in authority:
        raise ValueError("must not have a user (@) before the host")
    host = re.sub(r":[0-9]*$", "", authority)
    try:
        known = origins.of_host(scheme, authority)
    except ValueError:
        raise ValueError("must have a host as browsers know it") from None
    if re.sub(r":[0-9]+$", "", known) != f"{scheme}://{host}" or authority.endswith(":"):
        raise ValueError(f"must have its host as browsers spell it, {known}")
    if scheme == "http" and host not in _LOOPBACK:
        raise ValueError("must begin with https://; http:// is for localhost, 127.0.0.1 and [::1] only")
    _require_no_dots(rest.partition("?")[0])
    return uri


def _require_no_dots(path: str) -> None:
    """Refuse steps up, however they are spelt: some servers decode a path twice, or cut a segment at a semicolon."""
    for decoded in (path, unquote(path), unquote(unquote(path))):
        if any(each.partition(";")[0] in _DOTS for each in re.split(r"[/\\]", decoded)):
            raise ValueError("must not have . or .. in its path")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
