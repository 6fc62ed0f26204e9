"""Rule expressions: their tree, the parser that makes it and the checks it must pass."""
