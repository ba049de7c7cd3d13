"""Services behind the account: policy, requests, codes, tokens and endings."""
