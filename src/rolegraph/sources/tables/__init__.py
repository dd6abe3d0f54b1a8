"""Any table in, role documents and the entries of taxonomy and components that they need out."""
