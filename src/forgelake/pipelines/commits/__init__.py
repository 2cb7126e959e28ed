"""Commits of a person: from repositories, wherever they are, to counts."""
