"""Saving a lake and bringing it back."""
