"""Repositories of people: listed by their forges, chosen by them, collected for them."""
