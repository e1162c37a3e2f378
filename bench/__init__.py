"""How fast the server is, beside others that give the same answers from the same rows."""
