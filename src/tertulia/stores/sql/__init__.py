"""The store on a SQL database: one schema for SQLite and for Postgres."""
