"""The online house: recall → filter → rank → re-rank, the REST API and its health."""
