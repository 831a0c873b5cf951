"""People with unmistakable names and numbers, and a search for them in everything that lies at rest.

Each is looked for in plain (three encodings), hex and base64: in a full dump of the database, in the broker,
in the staged files, in temporary files and in whatever a process has open.
"""

import base64
import os
import stat
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from kombu import Connection

from registry.catalogue.citizen import check_character
from registry.runtime.binaries import find_binaries
from registry.runtime.privileges import service_account
from tests.factories.uploads import evidence, wage

NAMES = ("魑魅魍魉", "饕餮貔貅", "麒麟鸾凤", "Canarius Serinus")
MOBILES = ("13170717071", "13270727072", "13370737073", "13470747074")
ADDRESS = "金丝雀省金丝雀市芙蓉里弄771号"
FIRST = "440306198912{:02d}717"
REFERENCE = "CANARY-REF-771177"
FILE_NAME = "魑魅魍魉的工资.csv"


def number(place: int) -> str:
    """The citizen number of the canary at this place."""
    body = FIRST.format(10 + place)
    return body + check_character(body)


NUMBERS = tuple(number(place) for place in range(len(NAMES)))
CANARIES = (*NAMES, *MOBILES, *NUMBERS, ADDRESS, REFERENCE, FILE_NAME)


def canary(place: int, **changes: str) -> dict[str, str]:
    """A wage of a canary person, signed."""
    who = {"name": NAMES[place], "id_number": NUMBERS[place], "mobile": MOBILES[place], "address": ADDRESS}
    signed = evidence(place, separate="yes") | {"consent_reference": f"{REFERENCE}-{place}"}
    return wage(place, signed=False) | who | signed | changes


def forms(text: str) -> Iterator[bytes]:
    """The text as it may stand somewhere."""
    for encoding in ("utf-8", "gb18030", "utf-16-le"):
        plain = text.encode(encoding)
        yield plain
        yield plain.hex().encode()
        yield plain.hex().upper().encode()
        # Base64 in its three alignments, without the characters that depend on what stands around.
        for shift in range(3):
            code = base64.b64encode(b"\0" * shift + plain + b"\0" * (-(shift + len(plain)) % 3))
            yield code[4 if shift else 0 : -4 if (shift + len(plain)) % 3 else None]
    yield text.encode("unicode_escape")


def found(places: dict[str, bytes], canaries: tuple[str, ...] = CANARIES) -> list[tuple[str, str, bytes]]:
    """Every (place, canary, form) of these canaries."""
    return [
        (place, text, form)
        for place, content in places.items()
        for text in canaries
        for form in set(forms(text))
        if form in content
    ]


def dump(database: str) -> bytes:
    """Everything in the database, as pg_dump writes it."""
    program = find_binaries(service_account()).postgres / "pg_dump"
    done = subprocess.run([program, "--inserts", database], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def broker(address: str) -> bytes:
    """What the broker holds: of Redis every key, of RabbitMQ every message that waits, taken out."""
    return queued(address) if address.startswith("amqp") else stored(address)


def queued(address: str) -> bytes:
    """The messages in this run's queue with all their properties, their bodies also as Redis keeps them."""
    parts = []
    with Connection(address) as connection:
        while message := connection.default_channel.basic_get(
            settings.CELERY_TASK_DEFAULT_QUEUE, no_ack=True
        ):
            body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
            parts += [body, base64.b64encode(body), repr(message.properties).encode()]
    return b"\n".join(parts)


def stored(address: str) -> bytes:
    """Every key of Redis and what is in it."""
    import redis

    client = redis.Redis.from_url(address.replace("redis+socket://", "unix://"))
    read = {
        b"string": client.get,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"hash": client.hgetall,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"none": lambda key: "",  # another test's, gone since the scan met it
    }
    return b"\n".join(key + repr(read[client.type(key)](key)).encode() for key in client.scan_iter())


def staged() -> bytes:
    """All staged files, one after another, with their names."""
    files = [path for path in Path(settings.STAGING_DIR).rglob("*") if path.is_file()]
    return b"\n".join(str(path).encode() + path.read_bytes() for path in files)


def temporary(folder: Path) -> bytes:
    """All that lies in a folder for temporary files."""
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def open_files(processes: Iterable[int]) -> bytes:
    """What stands in the files that processes have open, those that have no name any more among them."""
    parts = []
    for process in processes:
        for entry in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):  # closed since we saw it, or no file
                if stat.S_ISREG(os.stat(entry).st_mode):
                    parts.append(entry.read_bytes())
    return b"\n".join(parts)
