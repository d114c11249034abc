"""numpy's own functions on nodes."""


class NumpyProtocol:
    __slots__ = ()
