"""What runs by itself: which jobs there are, when each is due, who runs it, and what if it fails."""
