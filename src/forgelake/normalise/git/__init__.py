"""What git prints → typed values: pure, so that it can be tested on any bytes."""
