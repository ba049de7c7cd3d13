"""Ways back into an account. A thief can use none of them before the owner, who is told of each."""
