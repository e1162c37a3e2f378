"""Towns where the demo's jobs are, and what work pays there."""

from typing import NamedTuple


class Place(NamedTuple):
    """A town as job boards write it.

    `pay` is what a year's work that pays 1.0 in Austin (in US dollars) pays here, in the local `currency`.
    """

    location: str
    country: str
    currency: str
    pay: float
    interval: str = "yearly"


PLACES = {
    "Amsterdam": Place("Amsterdam, Netherlands", "NL", "EUR", 0.62),
    "Austin": Place("Austin, TX, US", "US", "USD", 1.0),
    "Barcelona": Place("Barcelona, Spain", "ES", "EUR", 0.44),
    "Bengaluru": Place("Bengaluru, Karnataka, India", "IN", "INR", 22),
    "Berlin": Place("Berlin, Germany", "DE", "EUR", 0.6),
    "Chicago": Place("Chicago, IL, US", "US", "USD", 1.05),
    "Copenhagen": Place("Copenhagen, Denmark", "DK", "DKK", 5.2, "monthly"),
    "Denver": Place("Denver, CO, US", "US", "USD", 1.02),
    "Dubai": Place("Dubai, United Arab Emirates", "AE", "AED", 2.6, "monthly"),
    "Dublin": Place("Dublin, Ireland", "IE", "EUR", 0.66),
    "Edinburgh": Place("Edinburgh, Scotland, UK", "GB", "GBP", 0.47),
    "Hamburg": Place("Hamburg, Germany", "DE", "EUR", 0.58),
    "Helsinki": Place("Helsinki, Finland", "FI", "EUR", 0.52),
    "Lisbon": Place("Lisbon, Portugal", "PT", "EUR", 0.38),
    "London": Place("London, England, UK", "GB", "GBP", 0.62),
    "Lyon": Place("Lyon, France", "FR", "EUR", 0.45),
    "Manchester": Place("Manchester, England, UK", "GB", "GBP", 0.48),
    "Melbourne": Place("Melbourne, VIC, Australia", "AU", "AUD", 1.15),
    "Milan": Place("Milan, Italy", "IT", "EUR", 0.42),
    "Montréal": Place("Montréal, QC, Canada", "CA", "CAD", 0.88),
    "Munich": Place("Munich, Germany", "DE", "EUR", 0.65),
    "New York": Place("New York, NY, US", "US", "USD", 1.2),
    "Oslo": Place("Oslo, Norway", "NO", "NOK", 6.6),
    "Paris": Place("Paris, France", "FR", "EUR", 0.52),
    "Portland": Place("Portland, OR, US", "US", "USD", 0.98),
    "Pune": Place("Pune, Maharashtra, India", "IN", "INR", 19),
    "Raleigh": Place("Raleigh, NC, US", "US", "USD", 0.95),
    "Rotterdam": Place("Rotterdam, Netherlands", "NL", "EUR", 0.58),
    "Seattle": Place("Seattle, WA, US", "US", "USD", 1.2),
    "Singapore": Place("Singapore", "SG", "SGD", 0.9, "monthly"),
    "Stockholm": Place("Stockholm, Sweden", "SE", "SEK", 5.4, "monthly"),
    "Sydney": Place("Sydney, NSW, Australia", "AU", "AUD", 1.2),
    "Toronto": Place("Toronto, ON, Canada", "CA", "CAD", 0.95),
    "Utrecht": Place("Utrecht, Netherlands", "NL", "EUR", 0.57),
    "Vienna": Place("Vienna, Austria", "AT", "EUR", 0.54),
    "Warsaw": Place("Warsaw, Poland", "PL", "PLN", 2.1, "monthly"),
    "Zürich": Place("Zürich, Switzerland", "CH", "CHF", 1.05),
}
