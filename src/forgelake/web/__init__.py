"""The web API: one answer per question, in many formats, with its coverage."""
