//! Durable state: the ledger that holds the truth and the index derived from it
