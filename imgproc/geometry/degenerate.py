"""The error of every estimator whose points do not determine the answer."""


class DegenerateError(ValueError):
    """Points that do not determine what was asked for: too few, coincident, collinear or coplanar."""
