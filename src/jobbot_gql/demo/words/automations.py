"""Automation opportunities by industry."""

from typing import NamedTuple

from jobbot_gql.outreach.models import Complexity

LOW, MEDIUM, HIGH = Complexity.LOW, Complexity.MEDIUM, Complexity.HIGH


class Automation(NamedTuple):
    """An automation opportunity.

    `value` is the yearly saving of a medium-sized firm, in thousands of US dollars.
    """

    name: str
    pain: str
    problem: str
    solution: str
    complexity: Complexity
    value: int


ANYWHERE = (
    Automation(
        "Invoice intake",
        "Invoices are typed in by hand",
        "Supplier invoices arrive as PDF by e-mail and are typed into the accounting system, about four minutes each.",
        "Read amounts, tax and order numbers automatically, check them against the order, and show a person only the"
        " doubtful ones.",
        MEDIUM,
        45,
    ),
    Automation(
        "Inbox triage",
        "A shared inbox that nobody owns",
        "Two people sort a shared inbox every morning; urgent messages wait until they reach them.",
        "Classify messages on arrival, answer the five commonest questions with a draft, and route the rest.",
        LOW,
        24,
    ),
    Automation(
        "Month-end report",
        "Month-end numbers take a week",
        "The monthly report is copied together from nine spreadsheets, and two of them always disagree.",
        "Pull the figures from their sources each night, compute the report, and list differences with their origin.",
        LOW,
        30,
    ),
    Automation(
        "Onboarding checklist",
        "New colleagues wait days for access",
        "Accounts, keys and training of new colleagues are arranged by e-mail, and something is forgotten each time.",
        "One form that opens every request, reminds its owner, and shows what is still missing.",
        LOW,
        12,
    ),
)

AUTOMATIONS = {
    "Software": (
        Automation(
            "Support answer drafts",
            "Engineers answer the same tickets again",
            "A third of the support tickets repeat questions that the documentation answers.",
            "Suggest an answer with its source to the support desk, and collect what has no source as a list of gaps.",
            MEDIUM,
            60,
        ),
        Automation(
            "Licence reconciliation",
            "Nobody knows which seats are in use",
            "Seats sold, seats invoiced and seats in use are three numbers in three systems.",
            "Compare the three every night and open a task for each customer where they differ.",
            LOW,
            35,
        ),
    ),
    "Financial Services": (
        Automation(
            "Know-your-customer files",
            "Files of new customers come back incomplete",
            "Four out of ten new business customers are asked for documents twice, which costs them nine days.",
            "Check documents while they are uploaded, and tell the customer at once what is missing and why.",
            HIGH,
            180,
        ),
        Automation(
            "Payment matching",
            "Unmatched payments pile up",
            "Payments with a mistyped reference are matched by hand, some 300 a day.",
            "Match by amount, date and likely reference; confirm above a threshold, propose below it.",
            MEDIUM,
            90,
        ),
    ),
    "Health Care": (
        Automation(
            "Referral letters",
            "Referrals arrive by fax",
            "Referral letters arrive by fax and are typed into the patient file, with mistakes in one of twenty.",
            "Read letters, propose patient and specialty, and have a person confirm; nothing leaves the house.",
            HIGH,
            120,
        ),
        Automation(
            "Rota changes",
            "Rotas are changed by telephone",
            "When somebody falls ill, a planner telephones down a list for an hour.",
            "Offer the shift to everybody who may take it, within the rules on rest, and confirm the first answer.",
            MEDIUM,
            75,
        ),
    ),
    "Logistics": (
        Automation(
            "Customs documents",
            "Customs papers are keyed in twice",
            "Data of the packing list is keyed in again for the customs declaration, ten minutes a shipment.",
            "Fill the declaration from the packing list and earlier ones of the same goods; a clerk releases it.",
            HIGH,
            150,
        ),
        Automation(
            "Delay notices",
            "Customers learn of delays too late",
            "Dispatchers see a delay hours before the customer hears of it, because telling is manual work.",
            "Compare positions with the plan and send a notice with a new time as soon as it is certain.",
            LOW,
            40,
        ),
    ),
    "Retail": (
        Automation(
            "Product texts",
            "Supplier data needs days of cleaning",
            "New articles wait six days for their text, because supplier data comes in twelve formats.",
            "Bring the formats into one, draft the text from attributes, and let an editor approve in bulk.",
            MEDIUM,
            70,
        ),
        Automation(
            "Returns desk",
            "Returns are decided one by one",
            "Each return is looked at by a person, although nine of ten follow the same three rules.",
            "Decide the clear cases at once and leave photographs with the unclear ones for a person.",
            MEDIUM,
            55,
        ),
    ),
    "Energy": (
        Automation(
            "Maintenance reports",
            "Inspection reports stay on paper",
            "Technicians write reports on paper; the office types them up two weeks later.",
            "Dictate on site, fill the form from the recording, and order spare parts from it.",
            MEDIUM,
            85,
        ),
        Automation(
            "Meter outliers",
            "Implausible readings reach the invoice",
            "One meter reading in eighty is wrong and is found only when the customer complains.",
            "Compare readings with weather and neighbours, and ask for a photograph before invoicing.",
            LOW,
            50,
        ),
    ),
    "Education": (
        Automation(
            "Transcript requests",
            "Certificates take three weeks",
            "Former students wait three weeks for a transcript that is assembled from two archives.",
            "Assemble transcripts from both archives, have them signed electronically, and send them the same day.",
            MEDIUM,
            38,
        ),
        Automation(
            "Timetable conflicts",
            "Timetables break every term",
            "Each change of a room causes conflicts that are found by the students who stand at the door.",
            "Check every change against rooms, teachers and cohorts, and propose the smallest repair.",
            HIGH,
            65,
        ),
    ),
    "Manufacturing": (
        Automation(
            "Quote preparation",
            "Quotes take longer than production",
            "Sales needs eight days for a quote, because drawings are read and priced by two people.",
            "Read dimensions from the drawing, find similar parts that were made, and draft a price with its reasons.",
            HIGH,
            210,
        ),
        Automation(
            "Supplier confirmations",
            "Late deliveries are seen on the day",
            "Confirmations by suppliers are filed unread; a changed date is noticed when the part is missing.",
            "Read confirmations on arrival, compare them with the order, and warn purchasing of changed dates.",
            MEDIUM,
            95,
        ),
    ),
    "Media": (
        Automation(
            "Archive tags",
            "Nobody finds anything in the archive",
            "Recordings and pictures of twenty years carry file names and nothing else.",
            "Transcribe and tag the archive, in order of demand, with people checking the names.",
            MEDIUM,
            48,
        ),
        Automation(
            "Subtitle drafts",
            "Subtitles cost a day an hour",
            "Subtitles are written from scratch for each language.",
            "Draft and time subtitles automatically; translators edit instead of typing.",
            LOW,
            62,
        ),
    ),
    "Public Sector": (
        Automation(
            "Form checks",
            "Half of the forms come back",
            "Half of the applications lack a document, and letters go back and forth for weeks.",
            "Check for completeness at the counter and online, in plain words and before submission.",
            MEDIUM,
            88,
        ),
        Automation(
            "Records requests",
            "Records requests miss their deadline",
            "Requests for records are searched for by hand in five systems.",
            "Search the five systems at once, black out personal data as a proposal, and watch the deadline.",
            HIGH,
            110,
        ),
    ),
    "Insurance": (
        Automation(
            "Claim intake",
            "Claims wait for missing photographs",
            "A claim is asked for further documents 2.3 times on average before it can be decided.",
            "Ask for what this kind of claim needs at once, and settle small clear ones the same day.",
            HIGH,
            240,
        ),
        Automation(
            "Policy comparison",
            "Renewals are compared by eye",
            "Underwriters compare old and new wordings side by side, two hours a contract.",
            "Mark changed clauses, grouped by how much they matter, with a link to each place.",
            MEDIUM,
            130,
        ),
    ),
    "Agriculture": (
        Automation(
            "Field records",
            "Field records are written in winter",
            "What was sown and sprayed is written down months later, for the subsidy.",
            "Take field records from machine data as they happen, and fill the subsidy form from them.",
            MEDIUM,
            42,
        ),
        Automation(
            "Harvest logistics",
            "Lorries queue at harvest time",
            "At harvest time lorries wait for two hours, and on the next day nobody comes.",
            "Forecast deliveries from field and weather data, and hand out slots by message.",
            MEDIUM,
            58,
        ),
    ),
    "Hospitality": (
        Automation(
            "Booking mails",
            "Booking requests wait overnight",
            "Requests by e-mail wait until morning, and some guests have booked elsewhere by then.",
            "Answer requests with availability and price at once, in the guest's language; odd ones wait for a person.",
            LOW,
            20,
        ),
        Automation(
            "Order forecast",
            "Too much is baked, or too little",
            "Orders for the next day are estimated by feeling, and a tenth is thrown away.",
            "Forecast by weekday, weather and holidays; the head of the kitchen has the last word.",
            MEDIUM,
            26,
        ),
    ),
    "Property Management": (
        Automation(
            "Repair requests",
            "Tenants call about repairs that run",
            "Half of the calls ask how a repair is getting on.",
            "Take requests with photographs, choose the firm, and tell tenant and owner about each step.",
            MEDIUM,
            34,
        ),
        Automation(
            "Service charge statements",
            "Service charges take the whole spring",
            "Yearly statements are computed in spreadsheets, house by house.",
            "Read the invoices of the year, split them by the rules of each house, and draft the statements.",
            MEDIUM,
            44,
        ),
    ),
    "Professional Services": (
        Automation(
            "Receipt collection",
            "Clients bring receipts in shoe boxes",
            "Clients hand in receipts late and unsorted; sorting takes up a day for each client and quarter.",
            "Clients photograph receipts, a service reads and books them as a proposal, and asks for what is missing.",
            MEDIUM,
            36,
        ),
        Automation(
            "Deadline calendar",
            "Deadlines live in one head",
            "Deadlines are kept in a paper diary, with a copy in one person's memory.",
            "Read deadlines from incoming letters, have two people confirm them, and remind in good time.",
            LOW,
            22,
        ),
    ),
    "Local Health Services": (
        Automation(
            "Appointment reminders",
            "One appointment in nine is missed",
            "One appointment in nine is missed without notice.",
            "Remind by message, let people move appointments themselves, and fill gaps from a waiting list.",
            LOW,
            18,
        ),
        Automation(
            "Insurance letters",
            "Letters to insurers are written at night",
            "Letters to insurers are written after hours, from the same ten building blocks.",
            "Draft the letter from the file on the practice's own computer; the practitioner reads and signs.",
            MEDIUM,
            28,
        ),
    ),
}
