"""A CV to be looked at: page, file, card, badge and PDF, all from one model."""
