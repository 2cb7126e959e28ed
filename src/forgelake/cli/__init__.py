"""The command line. Thin: every command asks the layers below and shows the answer."""
