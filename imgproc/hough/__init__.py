"""Lines, segments and circles by votes."""

from imgproc.hough.accumulator import line_accumulator
from imgproc.hough.circles import Circles, hough_circles
from imgproc.hough.lines import Lines, hough_lines
from imgproc.hough.segments import hough_segments

__all__ = ["Circles", "Lines", "hough_circles", "hough_lines", "hough_segments", "line_accumulator"]
