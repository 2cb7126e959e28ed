"""Channels: the ways in which a notice reaches a person or a program."""
