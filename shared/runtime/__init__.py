"""What ties the rules to Lambda: configuration, HTTP, logs, and the wiring of ports."""
