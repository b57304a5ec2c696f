"""What crosses the border: requests, answers, problem details and extracts, and their description."""
