"""Ways back into an account: none that a thief could use first, and none without its owner being told."""
