"""Import of scraped jobs: files to rows, rows to typed jobs, jobs to the database."""
