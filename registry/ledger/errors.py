"""What can go wrong with the ledger."""

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


class ProofNotFound(NotFound):
    """There is no such entry, checkpoint or tree size (yet)."""

    code = "ledger_proof_not_found"
    sentence = "The ledger holds nothing under this. An entry can be proved some seconds after its act."
