"""The picture of a graph: what is drawn, where, and how it is written as SVG, DOT or a page."""
