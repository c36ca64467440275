"""Everything the service remembers: tables, a repository per subject, transactions, exports and retention."""
