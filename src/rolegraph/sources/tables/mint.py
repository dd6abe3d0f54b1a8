"""Labels in, codes of families and specialisations out.

A code depends on its label alone, so that it stays when other labels come or go. It is the label's
letters and digits as capitals, in one word. Where more than case, spaces and hyphens is lost, or the word
is too long for a code, it ends in four digits of the label's hash.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rolegraph.iris import fold, short_hash

FAMILY_LENGTH: Final = 16
FOCUS_LENGTH: Final = 20
_HASH_LENGTH: Final = 4
_PLAIN = re.compile(r"[A-Z0-9]+")


def mint_family(label: str) -> str:
    """The code of a family, which begins with a letter.

    >>> mint_family("IT operations"), mint_family("User-centred design")
    ('ITOPERATIONS', 'USERCENTREDD73EC')
    """
    code = _mint(label, FAMILY_LENGTH)
    return code if code[0].isalpha() else f"F{_mint(label, FAMILY_LENGTH - 1)}"


def mint_focus(label: str) -> str:
    """The code of a specialisation within its family.

    >>> mint_focus("Data engineer")
    'DATAENGINEER'
    >>> mint_focus("C++") == mint_focus("C")
    False
    """
    return _mint(label, FOCUS_LENGTH)


def _mint(label: str, length: int) -> str:
    folded = fold(label)
    letters = "".join(char for char in folded if not unicodedata.combining(char))
    word = "".join(_PLAIN.findall(letters.upper()))
    if word == folded.replace(" ", "").upper() and 2 <= len(word) <= length:
        return word
    return word[: length - _HASH_LENGTH] + short_hash(folded, _HASH_LENGTH).upper()
