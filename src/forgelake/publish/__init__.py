"""What the lake writes for other people's tools."""
