"""The rules. Pure: no clock, no network, no AWS; time and ports are passed in."""
