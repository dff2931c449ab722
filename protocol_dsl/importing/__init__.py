"""Records of registries become protocols: readable, as complete as the record, with a report of the rest."""
