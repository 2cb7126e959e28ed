"""What is collected of repositories every day: snapshots, states, stars, and topics."""
