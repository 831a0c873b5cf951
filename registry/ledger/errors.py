"""What can go wrong with the ledger."""

from uuid import UUID

from registry.errors import NotFound, RegistryError


class EntryRefused(RegistryError):
    """An act was described in a way the ledger does not take: unknown event, key or kind of value.

    A mistake in the program, found before anything is written.
    """

    code = "ledger_entry_refused"


class TransactionRequired(RegistryError):
    """An entry belongs to the transaction of its act; there was none."""

    code = "ledger_transaction_required"


class TreeBroken(RegistryError):
    """A part of the stored tree is missing or wrong; `verify_ledger` names it."""

    code = "ledger_tree_broken"


class LedgerBroken(RegistryError):
    """Verification found that the ledger is not what was signed.

    `index` is the place in the tree, `row` the row of its entry and `entry` the entry's id, where known.
    """

    code = "ledger_broken"

    def __init__(
        self, what: str, *, index: int | None = None, row: int | None = None, entry: UUID | None = None
    ) -> None:
        super().__init__(what, index=index, row=row, entry=entry)
        self.index = index
        self.row = row
        self.entry = entry

    def describe(self) -> str:
        """Where and what, for operators."""
        named = (("index", self.index), ("entry", self.entry), ("row", self.row))
        place = ", ".join(f"{name} {value}" for name, value in named if value is not None)
        return f"{place}: {self.detail}" if place else self.detail


class ProofBroken(RegistryError):
    """A proof does not show what it claims."""

    code = "ledger_proof_broken"
    status = 400
    sentence = "This proof does not hold."


class NoteBroken(RegistryError):
    """A checkpoint is malformed, or nobody trusted has signed it."""

    code = "ledger_note_broken"
    status = 400
    sentence = "This checkpoint is malformed or its signature does not hold."


class ProofNotFound(NotFound):
    """There is no such entry, checkpoint or tree size (yet)."""

    code = "ledger_proof_not_found"
    sentence = "The ledger holds nothing under this. An entry can be proved some seconds after its act."
