"""The use cases, one a module, each named by its verb."""
