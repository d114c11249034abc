"""The text view of a trace."""


def text(t):
    return "todo"
