"""Make a keyring before the first production start: python -m registry.vault file:PATH

Needs no settings and no database, since a production start refuses to begin without its keyring.
"""

import sys

from registry.vault.errors import KeyUnavailable
from registry.vault.keyring import open_keyring

USAGE = "usage: python -m registry.vault file:PATH"


def main(arguments: list[str]) -> int:
    """Make the keyring, or leave one that exists as it is; returns the exit status."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write(f"{USAGE}\n")
        return 2
    try:
        version = open_keyring(arguments[0], create=True).primary_version
    except KeyUnavailable as error:
        sys.stderr.write(f"{error.detail or error.code}\n")
        return 1
    sys.stdout.write(
        f"{arguments[0]} holds root key version {version}. Back it up apart from the database.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
