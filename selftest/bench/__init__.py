"""How fast the suite is beside what asks the same requests: `make bench`."""
