# Adds a chunk of triples, which take the place of the one below, to the graph of that name.
INSERT DATA {
  GRAPH <graph:name> {
    <graph:triples> <graph:triples> <graph:triples> .
  }
}
