"""What XML can't carry, of all that a text may have. Pure."""

import re
from typing import Final

NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
