"""The Flask application: SPARQL protocol and pages."""
