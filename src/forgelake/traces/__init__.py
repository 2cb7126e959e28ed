"""What happened, how long it took, and as a part of what: spans, for whoever collects them with OpenTelemetry."""
