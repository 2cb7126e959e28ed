"""GitLab, on gitlab.com or self-hosted."""
