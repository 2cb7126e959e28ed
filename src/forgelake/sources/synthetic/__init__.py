"""A made-up archive in GH Archive's form, to try forgelake without network. Every name in it says synthetic."""
