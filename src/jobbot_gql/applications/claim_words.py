"""English words that `claims.py` compares, with their ranks. The scales are this project's own."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _ladder(*steps: str) -> dict[str, int]:
    """Rank of each word: 1 for the words of the first argument, 2 for those of the second, and so on."""
    return {word: step for step, words in enumerate(steps, start=1) for word in _words(words)}


SCOPE = _ladder(
    "help helps helped helping assist assisted assisting support supported supporting contribute contributed"
    " contributing participate participated participating observed shadowed",
    "work worked working build built building develop developed developing write wrote writing implement implemented"
    " implementing maintain maintained maintaining test tested testing did made used",
    "design designed designing architected coordinate coordinated coordinating organise organised organize organized"
    " manage managed managing supervise supervised supervising lead leads led leading head headed heading direct"
    " directed directing ran",
    "found founded founding own owned owning spearheaded pioneered invented single-handedly",
)
"""Ranks of involvement in some work: helping, doing, leading, owning."""

SKILL = _ladder(
    "basic basics beginner familiar exposure novice",
    "intermediate conversational competent",
    "proficient experienced fluent advanced skilled strong",
    "expert expertise native mastered mastery",
)
"""Ranks of skill levels."""

SENIORITY = _ladder(
    "intern trainee apprentice",
    "junior jr assistant associate graduate",
    "mid-level",
    "senior sr",
    "lead staff",
    "principal manager",
    "head director",
    "vp",
    "chief cto ceo cio cfo coo",
)
"""Ranks of seniority."""
PLAIN_POSITION = 3
"""Rank of a position without a word of seniority."""
POSITIONS = _words(
    "administrator analyst architect consultant designer developer engineer manager officer owner programmer researcher"
    " scientist specialist technician tester writer"
)
ALONE = _words("intern trainee apprentice manager director vp cto ceo cio cfo coo")
"""Words of seniority that are positions by themselves."""

_COUNTING = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
NUMBERS = _ladder(*_COUNTING.split()) | {"thirty": 30, "forty": 40, "fifty": 50, "dozen": 12, "hundred": 100}
SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}
PEOPLE = _words("colleague developer employee engineer member people person programmer report")
"""Units that count as people."""
JOINING = _words("a an and as at by for from in of on or over than that the then to with")
"""Words that are not a unit of the number before them."""
MONTHS_IN = {"year": 12.0, "yr": 12.0, "month": 1.0, "week": 12 / 52, "day": 12 / 365}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
