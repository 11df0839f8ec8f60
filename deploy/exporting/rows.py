"""The seam of the formats: a format takes rows as they come."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO

import pyarrow as pa

from deploy.exporting.heading import Heading

Write = Callable[[pa.RecordBatch], object]
Format = Callable[[BinaryIO, Heading, pa.Schema], AbstractContextManager[Write]]
"""Takes an open file, writes the heading, gives what writes rows, and ends the file when all are written."""
