"""Explanations of one gradient: why it is what it is, in text, HTML and LaTeX."""
