"""rdflib-endpoint over an oxrdflib graph on a store on disk: `python _rdflib_endpoint.py STORE PORT`.

Runs in an environment of its own, which need not know rolegraph.
"""

import sys

import pyoxigraph as ox
import uvicorn
from oxrdflib import OxigraphStore
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint

if __name__ == "__main__":
    store, port = sys.argv[1:]
    graph = Dataset(store=OxigraphStore(store=ox.Store.read_only(store)), default_union=True)
    app = SparqlEndpoint(graph=graph, path="/sparql")
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)
