"""The shared words: vocabulary, errors and the tables at rest. Importing the package itself loads nothing heavy."""
