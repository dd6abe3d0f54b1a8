"""Describes a server to its clients: Service Description, VoID, SHACL query examples, OpenAPI."""
