"""Patterns of wording that the repository does not use, each with what to write instead.

A space in an expression matches any white space, so that a phrase may span two lines.
`{start}` matches the place where a sentence starts.
"""

import re
from dataclasses import dataclass

#: Start of a text, a paragraph, a list item, a table cell, a sentence, a quotation, a tag's text.
_START = r"(?:\A\s*|\n\s*\n\s*|[.!?:;|>\"'`(]\s*|\n\s*[-*]\s+)"


@dataclass(frozen=True, slots=True)
class WordingPattern:
    """One kind of wording: its name, the expression that finds it, and advice."""

    name: str
    expression: re.Pattern[str]
    advice: str


def _pattern(name: str, expression: str, advice: str) -> WordingPattern:
    spaced = expression.replace(" ", r"\s+")
    return WordingPattern(name, re.compile(spaced.replace("{start}", _START)), advice)


PATTERNS: tuple[WordingPattern, ...] = (
    _pattern("who", r"{start}[Ww]ho (?![^.?]*\?)", "Name the actor: a user, a client, a process."),
    _pattern(
        "whoever",
        r"\b(?:[Ww]hoever|[Ww]hosoever|[Ww]hatsoever)\b|{start}Whatever\b",
        "Name the actor or the thing.",
    ),
    _pattern(
        "nobody",
        r"\b(?:[Nn]obody|[Ss]omebody|[Aa]nybody|[Ee]verybody)\b(?!\Z)",
        "Name the actor: no client, a user, any process.",
    ),
    _pattern(
        "what-subject",
        r"{start}What (?!if\b)(?:[^.?!|\n]|\n(?!\s*\n))*? (?:is|are|was|were|goes|stays|has|have)"
        r" (?!not\b[^.]*\?)(?:[^.?!|]*)\.",
        "Name the thing instead of 'What ... is ...'.",
    ),
    _pattern(
        "is-no",
        r"(?<![Tt]here\s)\b(?:is|are|was|were) no (?!longer\b|(?:more|less|later) than\b)",
        "Write 'is not a', 'does not', or 'there is no'.",
    ),
    _pattern("of-ours", r"\bof (?:ours|yours|mine|theirs|hers)\b", "Write 'our', 'your'."),
    _pattern("own-of", r"\bof (?:your|our|its|their|one's|his) own\b", "Write 'your own X'."),
    _pattern("anew", r"\b[Aa]new\b", "Write 'again'."),
    _pattern("mend", r"\b[Mm]end(?:s|ed|ing)?\b", "Write 'fix' or 'repair'."),
    _pattern("as-ever", r"\bas ever\b", "Write 'as before' or leave it out."),
    _pattern("of-now", r"\bof now\b", "Write 'current' or say that the data is stale."),
    _pattern("for-ever", r"\bfor ever\b", "Write 'indefinitely' or 'without a limit'."),
    _pattern("in-words", r"\bin words\b", "Say what the text contains."),
    _pattern("no-wish", r"\bwish(?:es)?\b", "Write 'request', 'setting' or 'value'."),
    _pattern("in-vain", r"\bin vain\b", "Write 'without success'."),
    _pattern(
        "for-because",
        r"[,;:] for (?:it|they|there|he|nothing|none|what|who|these are|this is|that is)\b",
        "Write 'because'.",
    ),
    _pattern("say-so", r"\b(?:says?|said|saying|tells?) so\b", "Say what is reported and where."),
    _pattern("none-but", r"\b(?:none|nothing|no one|nowhere) but\b", "Write 'only'."),
    _pattern("no-help", r"\bno (?:help|use) against\b", "Say what must not be done."),
    _pattern(
        "inverted",
        r"{start}(?:Neither|Nor|Never|Only then|Not only|Such|So|Thus|Hence)"
        r" (?:is|are|was|were|does|do|did|has|have|can|may|must|goes|comes)\b",
        "Use the normal word order: subject, verb, object.",
    ),
    _pattern(
        "archaic",
        r"\b(?:[Ll]est|[Tt]hereof|[Ww]hence|[Nn]aught|[Aa]ught|[Ii]s to be had|[Uu]nto)\b",
        "Use plain English.",
    ),
    _pattern(
        "metaphor",
        r"\b(?:[Hh]ouse ?keepers?|[Cc]ouriers?|[Pp]arcels?|[Mm]ourn(?:s|ed|ing)?"
        r"|[Dd]espair(?:s|ed|ing)?|[Tt]ally|[Tt]allies|(?:[Ll]ive|[Jj]ob|[Tt]rial) desks?)\b",
        "Use the term of docs/glossary.md.",
    ),
)
