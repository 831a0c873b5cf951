"""A worker's ear at the broker, which outlasts a broker that goes away while a task is being worked on."""

from contextlib import suppress

from celery.worker.consumer import Consumer


class LastingConsumer(Consumer):
    """Celery's own consumer, but for how it lets go of a connection to Redis that was lost.

    Celery 5.7 takes the connection apart and closes it afterwards; closing gives back messages that are still
    worked on, needs what was taken apart, and ends the whole worker by an AttributeError. Closed first, it
    has nothing left to give back: such messages come again by themselves, and the sweep needs none of them.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Called in the worker's main process for each connection that is lost."""
        connection = self.connection
        if connection is not None and connection.transport.driver_type == "redis":
            with suppress(Exception):
                connection.close()
        super().on_connection_error_after_connected(exc)
