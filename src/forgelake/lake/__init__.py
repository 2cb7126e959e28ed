"""The lake: what tables there are, how bytes land, how rows become visible."""
