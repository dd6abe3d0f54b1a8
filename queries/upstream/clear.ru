# Takes the place of a graph: of all that it holds.
CLEAR SILENT GRAPH <graph:name>
