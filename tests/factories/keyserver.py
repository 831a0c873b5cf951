"""A key service over a socket, as a cloud's is over a network: it may fall silent, and speak again."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from registry.vault import KeyUnavailable, SealBroken
from registry.vault.aead import Sealed
from registry.vault.keyfile import FileKeyring

PATIENCE = 0.3  # seconds that a caller waits for an answer


class KeyServer:
    """Holds the root keys of a file; `silent` while it takes calls and answers none."""

    def __init__(self, file: Path, address: Path) -> None:
        self._keyring = FileKeyring.at(file, True)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(address))
        self._server.listen(64)
        self._held: list[socket.socket] = []
        self.silent = False
        self.called = 0

    def serve(self) -> None:
        """Answer one call after the other until closed."""
        while True:
            try:
                caller, _address = self._server.accept()
            except OSError:
                return
            self.called += 1
            if self.silent:
                self._held.append(caller)
                continue
            with caller, caller.makefile("rw") as line:
                line.write(json.dumps(self._answer(json.loads(line.readline()))) + "\n")

    def close(self) -> None:
        """Take no more calls."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for caller in self._held:
            caller.close()

    def _answer(self, asked: dict[str, str]) -> dict[str, Any]:
        blob, context = bytes.fromhex(asked["blob"]), asked["context"]
        if asked["act"] == "wrap":
            return {"blob": self._keyring.wrap(blob, context=context).hex()}
        try:
            return {"blob": self._keyring.unwrap(blob, context=context).hex()}
        except SealBroken:
            return {}


class RemoteKeyring:
    """The back end `remote:PATH`: asks the key service for every wrap and unwrap, and waits for no longer."""

    def __init__(self, address: Path) -> None:
        self._address = address
        self.primary_version = 1

    @classmethod
    def at(cls, address: Path, create: bool) -> Self:
        """The keyring of the service at `address`, which makes its own root key."""
        return cls(address)

    def wrap(self, secret: bytes, *, context: str) -> bytes:
        """`secret` under the service's root key. Raises KeyUnavailable."""
        return self._ask("wrap", secret, context)

    def unwrap(self, blob: Sealed, *, context: str) -> bytes:
        """What was wrapped for this `context`. Raises SealBroken, KeyUnavailable."""
        return self._ask("unwrap", bytes(blob), context)

    def version_of(self, blob: Sealed) -> int:
        """The service has one version."""
        return 1

    def rotate(self) -> int:
        """The service has one version."""
        raise KeyUnavailable("this key service does not rotate")

    def _ask(self, act: str, blob: bytes, context: str) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(PATIENCE)
                line.connect(str(self._address))
                line.sendall(
                    json.dumps({"act": act, "blob": blob.hex(), "context": context}).encode() + b"\n"
                )
                answer = json.loads(line.makefile().readline())
        except OSError:
            raise KeyUnavailable("the key service did not answer in time") from None
        if "blob" not in answer:
            raise SealBroken("the key service does not open this")
        return bytes.fromhex(answer["blob"])


@contextmanager
def key_service(file: Path, address: Path) -> Iterator[KeyServer]:
    """A service with the root keys of `file`, at the Unix socket `address`."""
    server = KeyServer(file, address)
    threading.Thread(target=server.serve, daemon=True).start()
    try:
        yield server
    finally:
        server.close()
