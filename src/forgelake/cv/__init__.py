"""A person's commits, counted for their page: values in, values out, whatever the page looks like."""
