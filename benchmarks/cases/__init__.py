"""Every case, theme by theme; a new operation adds an entry to the table of its theme."""

from benchmarks.case import Case
from benchmarks.cases import color, edges, filters, io, morphology

THEMES: dict[str, tuple[Case, ...]] = {
    "filters": filters.CASES,
    "edges": edges.CASES,
    "color": color.CASES,
    "io": io.CASES,
    "morphology": morphology.CASES,
}
CASES = tuple(case for cases in THEMES.values() for case in cases)
