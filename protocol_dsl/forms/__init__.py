"""The case report forms of a trial: the protocol's own, completed from its statements and the library.

Pure functions over the model: `complete.complete` gives every form, `matrix.crf_matrix` the form x visit grid.
"""
