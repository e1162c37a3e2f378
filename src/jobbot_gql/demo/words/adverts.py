"""Sentences for vacancies of all roles."""

WORKING = (
    "We work in small teams with one backlog each. Meetings have an agenda or do not take place.",
    "Two days a week we meet in the office; the rest is yours to arrange with the team.",
    "We write more than we talk: decisions are documents, and anybody may comment.",
    "You will have a mentor for the first six months and a small release in your first week.",
    "The team is spread over four time zones and shares three hours in the afternoon for talking.",
    "We deploy on Fridays, because we can. When something breaks, we look for the cause and not for the culprit.",
    "Every sixth week is free of features: for upgrades, repairs and the thing that annoyed you most.",
    "Part time from 60 per cent is possible in every team and at every level.",
)

REMOTE = (
    "This position is remote; we meet in person four times a year, at our expense.",
    "Work from wherever you have a desk and a line, within three hours of our time zone.",
    "Remote first: everything that matters is written down.",
)

HIRING = (
    "The process: a call of thirty minutes, a conversation about code that you bring along, a morning with the team. We"
    " answer every application within two weeks.",
    "Please send a CV and a few lines on something that you built. We do not need a photograph or your age.",
    "Not sure whether you fit? Apply anyway. Nobody here met the whole list either.",
    "We tell you the salary band in the first call, and whether it moved.",
)

BENEFITS = (
    "30 days of paid leave",
    "Flexible hours, no core time",
    "Yearly learning budget and four days to use it",
    "Public transport pass or bicycle lease",
    "Employer pension contribution of 6 per cent",
    "Parental leave at full pay for 16 weeks",
    "Sabbatical after three years",
    "Laptop and chair of your choice",
    "Health insurance for you and your family",
    "Share options for everybody",
    "Paid on-call, with time off afterwards",
    "One day a month for open-source work",
)

AGENCY_INTRODUCTION = (
    "For our client, {client}, we are looking for reinforcement at the earliest possible date.",
    "{firm} fills this position on behalf of {client}. The contract is made with us.",
    "Our client, {client}, is growing, and asks us for people who like to take things on.",
)

AGENCY_CLIENTS = (
    "a bank in the city centre",
    "a maker of medical devices",
    "an insurer with 2,000 employees",
    "a chain of 300 shops",
    "a transport company",
    "a public utility",
    "a software house of 80 people",
)
