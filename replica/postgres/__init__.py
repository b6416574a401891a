"""The platform's database: the real PostgreSQL and PgBouncer, where the machine has them."""
