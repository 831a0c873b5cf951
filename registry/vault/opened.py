"""What every opened key has in common."""

from typing import NoReturn


class OpenedKey:
    """A key in the clear stays in its process: it cannot be pickled or copied into a broker, cache or log.

    Every kind of key gives itself a text form without secrets.
    """

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError("an opened key cannot be copied or pickled")
