"""What AWS Lambda calls: thin over the jobs, the pipelines and the web application."""
