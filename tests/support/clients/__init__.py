"""Other people's programs that sign in with Trustweb, each started on a port of this machine."""
