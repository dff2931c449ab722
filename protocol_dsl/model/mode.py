"""Whether the model is made of pydantic models or of plain classes with the same fields.

`protoc check` reads, proves and prints. It never validates or dumps a model, and pydantic's start takes longer than all
of its work; so that command asks for plain classes before anything imports the model. Everything else gets pydantic.
"""

plain = False
