"""Counts of a GraphQL document's text before it is parsed."""

import re
from typing import NamedTuple

_LEXEME = re.compile(
    r'[\s,\ufeff]++|\#[^\r\n]*+|(?P<token>"""(?:(?!"""|\\""").|\\""")*+(?:""")?|"(?:[^"\\\r\n]|\\.)*+"?'
    r"|\.\.\.|[_A-Za-z][_0-9A-Za-z]*+|-?[0-9][_0-9A-Za-z.+-]*+|.)",
    re.DOTALL,
)


class Lexical(NamedTuple):
    """Counts of a text."""

    depth: int
    """How deep selection sets are nested."""
    value_depth: int
    """How deep lists and objects are nested in arguments."""
    tokens: int


def scan(text: str) -> Lexical:
    """Count tokens and brackets. The text need not be a valid document; unlike a parser, this does not recurse."""
    tokens = selections = values = parentheses = max_selections = max_values = 0
    for match in _LEXEME.finditer(text):
        lexeme = match["token"]
        if lexeme is None:
            continue
        tokens += 1
        if lexeme == "(":
            parentheses += 1
        elif lexeme == ")":
            parentheses -= 1
        elif parentheses > 0:
            if lexeme in "{[":
                values += 1
                max_values = max(max_values, values)
            elif lexeme in "}]":
                values -= 1
        elif lexeme == "{":
            selections += 1
            max_selections = max(max_selections, selections)
        elif lexeme == "}":
            selections -= 1
    return Lexical(max_selections, max_values, tokens)
