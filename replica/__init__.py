"""An embedded platform made of real parts, on loopback, with a switch for each fault."""
