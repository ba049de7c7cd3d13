"""Delivery of messages: the outbox, the choice of a transport, the workers, the receipts and the texts."""
