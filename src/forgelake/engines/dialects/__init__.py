"""DuckDB's SQL in other engines' words: one module per engine holds all in which it differs."""
