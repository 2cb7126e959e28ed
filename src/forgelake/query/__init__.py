"""Reading the lake: a consistent snapshot, SQL sessions over it, and what the ledger says of a period."""
