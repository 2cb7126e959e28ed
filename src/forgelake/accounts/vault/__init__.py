"""Tokens of forges, encrypted at rest and never shown again."""
