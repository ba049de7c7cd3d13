"""The key ring, made once and never by a worker, which derives subkeys, signs, and encrypts small secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from trustweb import private_files
from trustweb.config import Config, ConfigError

_NONCE = 12


class KeyRing:
    """Keys by id, newest first. The newest one signs and encrypts; older ones only verify and decrypt."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._keys = keys
        self.newest = next(iter(keys))
        # One instance serves the whole process, and every request needs a derived key.
        # Depends on the key and its use, which are never a request's.
        self._derive = cache(self._derive_now)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def _derive_now(self, key_id: str, use: str) -> bytes:
        hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"trustweb {use}".encode())
        return hkdf.derive(self._keys[key_id])

    def subkeys(self, use: str) -> list[bytes]:
        """Derive the subkey for one use (HKDF, RFC 5869) from every key of the ring, newest first."""
        return [self._derive(key_id, use) for key_id in self._keys]

    def check_value(self, key_id: str) -> str:
        """Return a value that identifies a key without revealing it."""
        return hmac.new(self._derive(key_id, "check"), b"trustweb", hashlib.sha256).hexdigest()

    def digest(self, use: str, text: str) -> str:
        """Return a keyed digest, for a value that must not be stored in plain text, such as a network address."""
        return self.token(use, text)[:32]

    def token(self, use: str, text: str) -> str:
        """Return the HMAC of a text: only we can compute it, and always the same one."""
        return self._token(self.newest, use, text)

    def _token(self, key_id: str, use: str, text: str) -> str:
        return hmac.new(self._derive(key_id, use), text.encode(), hashlib.sha256).hexdigest()

    def sign(self, use: str, text: str) -> str:
        """Return ``key:hex``, an HMAC with the id of its key, for values that outlive a key."""
        return f"{self.newest}:{self.token(use, text)}"

    def signed(self, use: str, text: str, signature: str) -> bool:
        """Verify a signature of ``sign``. Raises ValueError when its key is not in the ring."""
        key_id = signature.partition(":")[0]
        if key_id not in self._keys:
            raise ValueError(f"key {key_id} is not in the ring")
        return hmac.compare_digest(f"{key_id}:{self._token(key_id, use, text)}".encode(), signature.encode())

    def seal(self, use: str, secret: bytes) -> str:
        """Encrypt a secret for one use (AES-GCM), as ``key:base64``."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._derive(self.newest, use)).encrypt(nonce, secret, use.encode())
        return f"{self.newest}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, use: str, sealed: str) -> bytes:
        """Decrypt what ``seal`` made. Raises ValueError if it was changed or is for another use, or without its key."""
        key_id, _, body = sealed.partition(":")
        if key_id not in self._keys:
            raise ValueError(f"key {key_id} is not in the ring")
        data = base64.b64decode(body)
        try:
            return AESGCM(self._derive(key_id, use)).decrypt(data[:_NONCE], data[_NONCE:], use.encode())
        except InvalidTag:
            raise ValueError("sealed under another key, or for another use") from None


def parse(text: str) -> KeyRing:
    """Parse lines (or a comma-separated list) of ``id:base64``. Raises ConfigError."""
    keys: dict[str, bytes] = {}
    for line in text.replace(",", "\n").split():
        key_id, _, value = line.partition(":")
        try:
            key = base64.b64decode(value, validate=True)
        except ValueError:
            key = b""
        if not key_id.isalnum() or len(key) < 32 or key_id in keys:
            raise ConfigError("The key ring must be lines of id:base64, each id once, each key 32 bytes or more.")
        keys[key_id] = key
    if not keys:
        raise ConfigError("The key ring is empty.")
    return KeyRing(keys)


def load(config: Config) -> KeyRing:
    """Read the ring. Raises ConfigError if other users may read it, or there is none: a worker never makes keys."""
    private_files.check(config)
    if config.keys:
        return parse(config.keys)
    try:
        return parse(config.key_file.read_text("ascii"))
    except FileNotFoundError:
        raise ConfigError(f"There are no keys at {config.key_file}: run `trustweb db upgrade` first.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"The keys at {config.key_file} are not text; the file is damaged.") from None
    except OSError as error:
        raise ConfigError(f"The keys at {config.key_file} cannot be read: {error.strerror}.") from None


def exist(config: Config) -> bool:
    """Return True if there is a key ring, in the settings or as a file."""
    return bool(config.keys) or config.key_file.exists()


def make(config: Config) -> bool:
    """Make a ring with one key unless there is one. Return True when it was made."""
    path: Path = config.key_file
    if exist(config):
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = f"{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(32)).decode()}\n"
    # Written completely under another name first: a crash or a full disk never leaves half a key behind.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, a link never replaces the ring of another process
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True
