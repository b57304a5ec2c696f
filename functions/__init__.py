"""One folder a function, one thin handler each."""
