"""Logging in: somebody else vouches for who a person is."""
