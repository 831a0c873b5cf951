"""Keyring files written by hand, from their documented form."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path


def write_keyring(folder: Path, keys: Mapping[int, tuple[str, str]]) -> Path:
    """A keyring file of `{version: (secret, check)}` in hexadecimal, the highest version primary."""
    entries = {
        str(version): {"secret": base64.b64encode(bytes.fromhex(secret)).decode(), "check": check}
        for version, (secret, check) in keys.items()
    }
    path = folder / "keyring.json"
    path.write_text(json.dumps({"format": "registry-keyring-1", "primary": max(keys), "keys": entries}))
    path.chmod(0o600)
    return path
