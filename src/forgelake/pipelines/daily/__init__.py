"""What is collected once a day: ask, land, commit; a run that broke off goes on where it stopped."""
