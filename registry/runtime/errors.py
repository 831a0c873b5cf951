"""The one error of the launcher: what is wrong, and what to do about it."""


class LaunchError(Exception):
    """Something keeps a command from going on; `cure` says what the reader can do."""

    def __init__(self, what: str, cure: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.what}\n     {self.cure}" if self.cure else self.what


class NoNetwork(LaunchError):
    """A download failed."""


class PortInUse(LaunchError):
    """Another process listens on the wanted port."""


class AlreadyRunning(LaunchError):
    """Another live run of this project holds the lock."""


class ServiceFailed(LaunchError):
    """An embedded service did not start or stopped unasked."""


class ChildDied(LaunchError):
    """A supervised process ended by itself."""
