"""Towns of the demo jobs, with their levels of pay."""

from typing import NamedTuple


class Town(NamedTuple):
    """A town.

    `pay` is the pay in the local `currency` for work that pays 1.0 US dollars in Austin.
    """

    location: str
    country: str
    currency: str
    pay: float
    interval: str = "yearly"


TOWNS = {
    "Amsterdam": Town("Amsterdam, Netherlands", "NL", "EUR", 0.62),
    "Austin": Town("Austin, TX, US", "US", "USD", 1.0),
    "Barcelona": Town("Barcelona, Spain", "ES", "EUR", 0.44),
    "Bengaluru": Town("Bengaluru, Karnataka, India", "IN", "INR", 22),
    "Berlin": Town("Berlin, Germany", "DE", "EUR", 0.6),
    "Chicago": Town("Chicago, IL, US", "US", "USD", 1.05),
    "Copenhagen": Town("Copenhagen, Denmark", "DK", "DKK", 5.2, "monthly"),
    "Denver": Town("Denver, CO, US", "US", "USD", 1.02),
    "Dubai": Town("Dubai, United Arab Emirates", "AE", "AED", 2.6, "monthly"),
    "Dublin": Town("Dublin, Ireland", "IE", "EUR", 0.66),
    "Edinburgh": Town("Edinburgh, Scotland, UK", "GB", "GBP", 0.47),
    "Hamburg": Town("Hamburg, Germany", "DE", "EUR", 0.58),
    "Helsinki": Town("Helsinki, Finland", "FI", "EUR", 0.52),
    "Lisbon": Town("Lisbon, Portugal", "PT", "EUR", 0.38),
    "London": Town("London, England, UK", "GB", "GBP", 0.62),
    "Lyon": Town("Lyon, France", "FR", "EUR", 0.45),
    "Manchester": Town("Manchester, England, UK", "GB", "GBP", 0.48),
    "Melbourne": Town("Melbourne, VIC, Australia", "AU", "AUD", 1.15),
    "Milan": Town("Milan, Italy", "IT", "EUR", 0.42),
    "Montréal": Town("Montréal, QC, Canada", "CA", "CAD", 0.88),
    "Munich": Town("Munich, Germany", "DE", "EUR", 0.65),
    "New York": Town("New York, NY, US", "US", "USD", 1.2),
    "Oslo": Town("Oslo, Norway", "NO", "NOK", 6.6),
    "Paris": Town("Paris, France", "FR", "EUR", 0.52),
    "Portland": Town("Portland, OR, US", "US", "USD", 0.98),
    "Pune": Town("Pune, Maharashtra, India", "IN", "INR", 19),
    "Raleigh": Town("Raleigh, NC, US", "US", "USD", 0.95),
    "Rotterdam": Town("Rotterdam, Netherlands", "NL", "EUR", 0.58),
    "Seattle": Town("Seattle, WA, US", "US", "USD", 1.2),
    "Singapore": Town("Singapore", "SG", "SGD", 0.9, "monthly"),
    "Stockholm": Town("Stockholm, Sweden", "SE", "SEK", 5.4, "monthly"),
    "Sydney": Town("Sydney, NSW, Australia", "AU", "AUD", 1.2),
    "Toronto": Town("Toronto, ON, Canada", "CA", "CAD", 0.95),
    "Utrecht": Town("Utrecht, Netherlands", "NL", "EUR", 0.57),
    "Vienna": Town("Vienna, Austria", "AT", "EUR", 0.54),
    "Warsaw": Town("Warsaw, Poland", "PL", "PLN", 2.1, "monthly"),
    "Zürich": Town("Zürich, Switzerland", "CH", "CHF", 1.05),
}
