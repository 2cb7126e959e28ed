"""What the deployment files say is what forgelake takes, and what each file's own checker lets pass."""
