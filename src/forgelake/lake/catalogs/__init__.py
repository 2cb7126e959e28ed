"""Where the tables' current versions are noted: in a database, or in AWS Glue."""
