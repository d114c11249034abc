"""The stepper: a page that goes through a graph one step at a time; its script and its styles."""
