"""SHACL on any graph: shapes in, SPARQL queries that find violations out, and the reference engine."""
