"""Long answers: a question is kept, a worker answers it, and who asked comes back for the result."""
