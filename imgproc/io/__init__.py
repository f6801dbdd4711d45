"""Read and write image files: PNG, JPEG, TIFF, WebP, BMP (and the first frame of GIF), always in RGB order.

`imread` gives the whole picture or a clear ValueError, whatever the bytes; `imwrite` leaves the whole new file or the
old one. Each format has a file of its own: it proves the container complete and small enough before any decoder runs.
"""

from imgproc.io.read import imread
from imgproc.io.write import imwrite

__all__ = ["imread", "imwrite"]
