"""Three storefronts of different brands behind one TLS edge."""
