"""What a question asks for: which of its words an answer should have, and of what form an answer is."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from memo_jupyter.index.analysis import analysed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

_FRAME = frozenset(
    analysed(
        "much many kind type sort number value amount percent share rate effect reason first second last one "
        "two more most less least other each both too very after before during between against without out "
        "off into over under down get got come came go went make made take took taken do done give gave use "
        "used help should might must may want need try tried happen happened find found see saw look looked "
        "say said tell told know mean meant think case way thing time long often recent recently new old big "
        "large small good bad better best worse worst different difference compare compared change changed "
        "still ever also else again only just like because due cause wrong right be decide decided choose "
        "chose instead once any some every "
    )
)
"""Words that say how something is asked rather than what: an answer may well do without them."""

_OF_FRAME = 0.3
"""What such a word counts beside another one."""

_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|often|long|large|big|high|low|old|far|fast|strong)\b|\bby how\b"
    r"|\b(?:number|value|score|rate|share|percent(?:age)?|average|mean|size|accuracy|error of|p-value)\b|%",
    re.IGNORECASE,
)
_ASKS_TIME = re.compile(r"\b(?:when|since when|(?:what|which) (?:date|day|month|year|time))\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_TIME = re.compile(
    r"\b(?:\d{1,2}:\d\d|\d{4}-\d\d|(?:19|20)\d\d|yesterday|today|tonight|tomorrow|ago|last|next|morning|evening|weekend|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|"
    r"november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b",
    re.IGNORECASE,
)


def rarity(wanted: Sequence[str], texts: Sequence[AbstractSet[str]]) -> dict[str, float]:
    """Tell how much each word of a question says.

    Parameters
    ----------
    wanted : sequence of str
        Words, as `asked` gives them.
    texts : sequence of set of str
        The words of each passage.

    Returns
    -------
    dict of str to float
        BM25's inverse document frequency among the passages, so that a word in none says most.
    """
    counts = Counter(word for words in texts for word in words)
    return {
        one: (_OF_FRAME if one in _FRAME else 1.0)
        * math.log(1 + (len(texts) - counts[one] + 0.5) / (counts[one] + 0.5))
        for one in wanted
    }


def share(rare: dict[str, float], words: AbstractSet[str]) -> float:
    """Give the share of a question's words that are among `words`, from 0 to 1, the rare ones counting more."""
    return sum(rare[one] for one in rare.keys() & words) / (sum(rare.values()) or 1.0)


def has_form(question: str, text: str) -> bool:
    """Tell whether a text has the time, or else the number, that a question asks for."""
    if _ASKS_TIME.search(question):
        return _TIME.search(text) is not None
    return _ASKS_NUMBER.search(question) is not None and _DIGIT.search(text) is not None
