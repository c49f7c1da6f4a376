"""The installation's signing key: a file that only the program reads, made at the first start."""

import os
import secrets
from pathlib import Path

from callcenter.domain.errors import Misconfigured

KEY_BYTES = 32


def load_or_create_key(path: Path) -> bytes:
    """The key in this file; several nodes must share it (a secret file or setting).

    Raises:
        Misconfigured: the file cannot be read or made, or holds something else.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    except OSError as error:
        raise Misconfigured(f"the signing key {path} cannot be made: {error.strerror}") from error
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.hex())
    return key


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise Misconfigured(f"the signing key {path} cannot be read: {error}") from error
    if len(key) < KEY_BYTES:
        raise Misconfigured(f"the signing key {path} is shorter than {KEY_BYTES} bytes: remove the file")
    return key
