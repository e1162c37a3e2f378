"""Fictional firms: employers, recruitment agencies and local small businesses."""

import re
import unicodedata
from typing import NamedTuple

from jobbot_gql.outreach.models import CompanySize

SMALL, MEDIUM, LARGE = CompanySize.SMALL, CompanySize.MEDIUM, CompanySize.LARGE


class Firm(NamedTuple):
    """A firm. `does` completes a sentence that starts with its name. The first of `towns` is the headquarters."""

    name: str
    industry: str
    size: CompanySize
    towns: tuple[str, ...]
    does: str

    @property
    def domain(self) -> str:
        """`Maple & Loom` -> `maple-loom.example`."""
        ascii_name = unicodedata.normalize("NFKD", self.name.replace("'", "")).encode("ascii", "ignore").decode()
        return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-") + ".example"


EMPLOYERS = (
    Firm("Brasswing Labs", "Software", MEDIUM, ("Berlin", "Hamburg"), "builds a data catalogue for analysts"),
    Firm("Kestrelbyte", "Software", MEDIUM, ("Austin", "Denver"), "runs build machines for teams that ship daily"),
    Firm("Loomfield Systems", "Software", MEDIUM, ("Toronto",), "makes rota software for hospitals and clinics"),
    Firm("Oxbow Telemetry", "Software", SMALL, ("Stockholm",), "stores the measurements of millions of devices"),
    Firm("Tidewater Ledger", "Financial Services", MEDIUM, ("London", "Edinburgh"), "keeps small companies' books"),
    Firm("Copperquay", "Financial Services", LARGE, ("Dublin", "Amsterdam"), "moves card payments for online shops"),
    Firm("Marrowstone Systems", "Financial Services", LARGE, ("New York",), "runs the risk systems of pension funds"),
    Firm("Pennyroyal Credit", "Financial Services", MEDIUM, ("Chicago",), "lends to farms within a day"),
    Firm("Quillmark Health", "Health Care", MEDIUM, ("Manchester", "London"), "gives each patient one record"),
    Firm("Verdelle Diagnostics", "Health Care", MEDIUM, ("Zürich",), "finds the urgent images in pathology"),
    Firm("Harbourlight Care", "Health Care", LARGE, ("Copenhagen",), "plans the rounds of 9,000 nurses"),
    Firm("Saltgrass Trials", "Health Care", SMALL, ("Raleigh",), "looks after the data of clinical trials"),
    Firm("Fernway Freight", "Logistics", LARGE, ("Hamburg", "Rotterdam"), "books and tracks container freight"),
    Firm("Parcelwright", "Logistics", MEDIUM, ("Warsaw",), "delivers parcels to lockers and corner shops"),
    Firm("Longhaul Atlas", "Logistics", SMALL, ("Denver",), "plans routes for trucks that may not drive everywhere"),
    Firm("Coldlink Supply", "Logistics", LARGE, ("Pune", "Bengaluru"), "keeps medicine cold on its way"),
    Firm("Ninefold Outfitters", "Retail", MEDIUM, ("Portland",), "sells outdoor clothing, and repairs it"),
    Firm("Pantrywise", "Retail", LARGE, ("Paris", "Lyon"), "brings groceries to four million households"),
    Firm("Maple & Loom", "Retail", MEDIUM, ("Montréal",), "sells furniture that is made to order"),
    Firm("Bluefinch Market", "Retail", SMALL, ("Barcelona",), "runs a market for second-hand electronics"),
    Firm("Gannet Wind", "Energy", LARGE, ("Oslo", "Copenhagen"), "runs wind farms at sea and forecasts their yield"),
    Firm("Sunspan Grid", "Energy", MEDIUM, ("Sydney", "Melbourne"), "steers home batteries to steady the grid"),
    Firm("Voltmeadow", "Energy", MEDIUM, ("Amsterdam", "Utrecht"), "puts chargers where cars stand anyway"),
    Firm("Deepkiln Geothermal", "Energy", SMALL, ("Vienna",), "drills for heat and sells it to cities"),
    Firm("Inkwell Academy", "Education", LARGE, ("Bengaluru",), "teaches mathematics to two million pupils"),
    Firm("Lecternworks", "Education", MEDIUM, ("Edinburgh",), "runs courses, exams and transcripts for universities"),
    Firm("Open Quadrant Institute", "Education", MEDIUM, ("Zürich",), "does research in the open"),
    Firm("Brightslate", "Education", SMALL, ("Lisbon",), "makes reading software for children with dyslexia"),
    Firm("Fernwick Robotics", "Manufacturing", LARGE, ("Munich", "Berlin"), "builds arms that unpack and sort"),
    Firm("Castellan Tooling", "Manufacturing", MEDIUM, ("Milan",), "makes the cutting tools that make everything else"),
    Firm("Halyard Ferries", "Manufacturing", MEDIUM, ("Helsinki",), "builds ferries that run on batteries"),
    Firm("Sablecore", "Manufacturing", LARGE, ("Singapore",), "tests and packages power electronics"),
    Firm("Owlstretch Audio", "Media", SMALL, ("London",), "makes podcasts, and the tools to cut them"),
    Firm("Broadsheet North", "Media", MEDIUM, ("Stockholm",), "publishes eleven regional newspapers"),
    Firm("Pixelgrove", "Media", SMALL, ("New York",), "draws maps and charts for newsrooms"),
    Firm("Silverscree", "Media", MEDIUM, ("Toronto", "Montréal"), "streams documentaries in nineteen languages"),
    Firm("Civic Works Office", "Public Sector", MEDIUM, ("Seattle",), "builds online services for eleven cities"),
    Firm("Riverwatch Agency", "Public Sector", MEDIUM, ("Rotterdam",), "measures rivers and warns of floods"),
    Firm("Threerivers Transit", "Public Sector", LARGE, ("Vienna",), "runs the trams and buses of a city of a million"),
    Firm("Deeds & Titles Registry", "Public Sector", LARGE, ("Dublin",), "keeps the land register"),
    Firm("Anchorstone Mutual", "Insurance", LARGE, ("Raleigh", "Austin"), "insures homes, farms and small boats"),
    Firm("Fairlead Marine Cover", "Insurance", MEDIUM, ("Singapore", "London"), "covers ships, cargo and crews"),
    Firm("Clovergate", "Insurance", SMALL, ("Dublin",), "sells car insurance by the kilometre"),
    Firm("Palisade Re", "Insurance", LARGE, ("Zürich", "Munich"), "insures insurers against storms and floods"),
    Firm("Furrowline", "Agriculture", SMALL, ("Melbourne",), "steers tractors to the centimetre"),
    Firm("Greenhusk", "Agriculture", MEDIUM, ("Utrecht", "Dubai"), "grows salad indoors, near where it is eaten"),
    Firm("Acrewise", "Agriculture", SMALL, ("Pune",), "tells farmers what to sow, from soil and satellite data"),
    Firm("Hopyard Cooperative", "Agriculture", MEDIUM, ("Portland", "Seattle"), "sells the hops of 900 farms"),
)

AGENCIES = (
    Firm("Northlight Staffing", "Staffing and Recruiting", MEDIUM, ("Chicago", "Austin", "Denver"), "places engineers"),
    Firm("Keelson Recruitment", "Staffing and Recruiting", SMALL, ("London", "Manchester"), "places engineers"),
    Firm("Talentbrücke Personal", "Staffing and Recruiting", SMALL, ("Berlin", "Munich"), "places engineers"),
    Firm("Gulf Lantern Consulting", "Staffing and Recruiting", MEDIUM, ("Dubai",), "places engineers"),
    Firm("Banyanroot Talent", "Staffing and Recruiting", MEDIUM, ("Bengaluru", "Pune"), "places engineers"),
    Firm("Contractor's Wharf", "Staffing and Recruiting", SMALL, ("Sydney", "Melbourne"), "places engineers"),
)

NEIGHBOURS = (
    Firm("Lindenhof Hotel & Garten", "Hospitality", SMALL, ("Munich",), "is a family hotel with 46 rooms"),
    Firm("The Copper Kettle Bakery", "Hospitality", SMALL, ("Portland",), "bakes for three shops and forty cafés"),
    Firm("Harbour Steps Catering", "Hospitality", SMALL, ("Melbourne",), "cooks for conferences and weddings"),
    Firm("Keyring Property Services", "Property Management", SMALL, ("Austin",), "looks after 900 rented homes"),
    Firm("Altstadt Hausverwaltung", "Property Management", SMALL, ("Vienna",), "manages 140 houses in the old town"),
    Firm("Canal Row Lettings", "Property Management", MEDIUM, ("Amsterdam",), "lets flats and houseboats"),
    Firm("Plumbline Tax Advisers", "Professional Services", SMALL, ("Manchester",), "files taxes for 600 trades"),
    Firm("Sixpence Accounting", "Professional Services", SMALL, ("Edinburgh",), "keeps the books of shops and studios"),
    Firm("Old Mill Notary Office", "Professional Services", SMALL, ("Hamburg",), "certifies deeds and registrations"),
    Firm("Riverside Dental Practice", "Local Health Services", SMALL, ("Denver",), "is a practice with six chairs"),
    Firm("Oakhill Veterinary Clinic", "Local Health Services", SMALL, ("Raleigh",), "treats pets, and some horses"),
    Firm("Eastgate Physiotherapy", "Local Health Services", SMALL, ("Toronto",), "runs four physiotherapy practices"),
)
