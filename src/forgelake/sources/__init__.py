"""One folder per source: where its slices are and how to ask for them."""
