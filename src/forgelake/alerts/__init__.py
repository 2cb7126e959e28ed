"""What a person is told without asking: conditions, and the channels to tell them on."""
