"""Archives of traffic as the GitHub Action jgehrcke/github-repo-stats keeps them: CSV files in a folder."""

SOURCE = "github-repo-stats"
"""The source's name in the ledger and in landing."""
