"""The figures of the page, each a row of panels that are as wide as a telephone. They compute nothing."""
