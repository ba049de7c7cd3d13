"""Messages on their way: the outbox, the routes, the workers, the receipts and the texts."""
