"""Pages: what a person looks at, as complete HTML, for a server and for a folder of files alike."""
