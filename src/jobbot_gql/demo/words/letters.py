"""Responses of employers by occasion. Placeholders: {title}, {firm}, {domain}."""

from typing import NamedTuple

from jobbot_gql.applications.models import ResponseType


class Letter(NamedTuple):
    """A response. `tone` is -1 to 1. `action` is what the applicant did, if anything was required."""

    kind: ResponseType
    subject: str
    text: str
    tone: float
    action: str | None = None


ACKNOWLEDGMENT, INFO_REQUEST = ResponseType.ACKNOWLEDGMENT, ResponseType.INFO_REQUEST
ASSESSMENT, INTERVIEW = ResponseType.ASSESSMENT, ResponseType.INTERVIEW_REQUEST
OFFER, REJECTION, OTHER = ResponseType.OFFER, ResponseType.REJECTION, ResponseType.OTHER

LETTERS = {
    "received": (
        Letter(
            ACKNOWLEDGMENT,
            "Your application to {firm}",
            "Thank you for applying for the position {title}. Your documents have arrived and are complete. We will"
            " come back to you within two weeks.\n\nThis message was sent automatically.\nRecruiting, {firm}",
            0.21,
        ),
        Letter(
            ACKNOWLEDGMENT,
            "We have received your application: {title}",
            "Hello,\n\nthis is to confirm that your application reached us. You can see its status at"
            " https://careers.{domain}/status at any time.\n\nKind regards\nThe recruiting team at {firm}",
            0.18,
        ),
        Letter(
            ACKNOWLEDGMENT,
            "Thanks for your interest in {firm}!",
            "Thanks for applying! A real person will read your application for {title}. Because many people apply, this"
            " can take up to three weeks.\n\nPlease do not reply to this address.",
            0.34,
        ),
    ),
    "question": (
        Letter(
            INFO_REQUEST,
            "A question about your application ({title})",
            "Hello,\n\nthank you for your application, which we read with interest. Before we go on: could you tell us"
            " your notice period and the salary that you have in mind?\n\nKind regards\nTalent team, {firm}",
            0.27,
            "Sent notice period (six weeks) and a salary range.",
        ),
        Letter(
            INFO_REQUEST,
            "Your application to {firm}: one document missing",
            "Hello,\n\nyour certificate from the last position seems to be missing from the upload. Could you send it"
            " by replying to this message? A work sample would be welcome too.\n\nThank you\nRecruiting, {firm}",
            0.05,
            "Sent the certificate and a link to the import library.",
        ),
        Letter(
            INFO_REQUEST,
            "Work permit and start date",
            "Hello,\n\ntwo short questions before the team looks at your application for {title}: do you need a permit"
            " to work here, and when could you start?\n\nPeople operations, {firm}",
            0.0,
            "Answered: no permit needed, start on the first of the month after next.",
        ),
    ),
    "on_hold": (
        Letter(
            OTHER,
            "{title}: the process is paused",
            "Hello,\n\nour budget round takes longer than planned, so hiring for this position is paused for about two"
            " weeks. Your application stays where it is, and we will write to you either way.\n\nRecruiting, {firm}",
            -0.14,
        ),
        Letter(
            OTHER,
            "An update on your application",
            "Hello,\n\nthe head of the team is on leave until the end of next week and wants to read the applications"
            " personally. We ask for a little patience.\n\nTalent team, {firm}",
            0.02,
        ),
    ),
    "screen": (
        Letter(
            INTERVIEW,
            "Invitation: a first call about {title}",
            "Hello,\n\nwe liked your application and would like to get to know you. Do you have 30 minutes for a video"
            " call in the next few days? Please choose a time at https://careers.{domain}/calendar.\n\nWe look forward"
            " to it!\nTalent team, {firm}",
            0.71,
            "Booked a slot; re-read the posting and prepared three questions.",
        ),
        Letter(
            INTERVIEW,
            "Next step in your application to {firm}",
            "Hello,\n\nthe team would like to talk with you about the position {title}. It will be an informal call of"
            " half an hour: about you, about us, and about what the first months would look like.\n\n{firm}",
            0.62,
            "Confirmed the call.",
        ),
    ),
    "task": (
        Letter(
            ASSESSMENT,
            "A small exercise for {title}",
            "Hello,\n\nthank you for the pleasant call. As announced, we send you a small exercise: an import with some"
            " rough edges. Please do not spend more than three hours on it, and send us the repository within a week."
            " We will talk about your solution together.\n\nEngineering, {firm}",
            0.38,
            "Handed in after two evenings, with notes on what was left out.",
        ),
        Letter(
            ASSESSMENT,
            "Online assessment: {firm}",
            "Hello,\n\nthe next step is an online assessment of 75 minutes (SQL and one programming task). The link is"
            " valid for five days. We will discuss the result in the technical interview.\n\nRecruiting, {firm}",
            0.09,
            "Taken on a quiet morning; both parts solved.",
        ),
    ),
    "technical": (
        Letter(
            INTERVIEW,
            "Technical interview: {title}",
            "Hello,\n\nthe first call left a good impression, and we would like to go deeper: 90 minutes with two"
            " engineers, about a system that you built and one that we are building. No puzzles, promised.\n\nTalent"
            " team, {firm}",
            0.66,
            "Accepted; drew the order service on one page.",
        ),
        Letter(
            INTERVIEW,
            "Invitation to the technical round at {firm}",
            "Hello,\n\nwe would like to invite you to the technical round. Please bring code that you are proud of, or"
            " code that you would write differently today. Either makes a good conversation.\n\nEngineering, {firm}",
            0.58,
            "Accepted; picked the scheduler rewrite as the example.",
        ),
    ),
    "final": (
        Letter(
            INTERVIEW,
            "Last round: meet the team",
            "Hello,\n\nyou have convinced us so far. For the last round we would like you to meet the team and the head"
            " of the department, on site or by video, whichever suits you. Please plan half a day.\n\nWe are looking"
            " forward to it\n{firm}",
            0.83,
            "Accepted; train booked.",
        ),
        Letter(
            INTERVIEW,
            "{firm}: final conversation",
            "Hello,\n\none conversation remains: 60 minutes about how we work, what you expect, and the contract. Could"
            " you also name two references whom we may call?\n\nTalent team, {firm}",
            0.64,
            "Accepted; asked two references first.",
        ),
    ),
    "offer": (
        Letter(
            OFFER,
            "Your offer from {firm}",
            "Hello,\n\nwe would like to work with you! Attached you find the contract for the position {title}. The"
            " offer stands for ten days. If anything is unclear, call us.\n\nWith great pleasure\nThe team at {firm}",
            0.94,
            "Thanked them, asked for the pension terms in writing.",
        ),
        Letter(
            OFFER,
            "Good news: {title}",
            "Hello,\n\nthe team decided within an hour: we offer you the position. The contract follows by post; the"
            " figures are those that we discussed. Please let us know by the end of next week.\n\n{firm}",
            0.88,
            "Acknowledged; compared with the budget.",
        ),
    ),
    "counter": (
        Letter(
            OTHER,
            "Re: Your offer from {firm}",
            "Hello,\n\nthank you for your open words. We cannot move the base salary much, but we are checking four"
            " more days of leave and a review after six months. You will hear from us this week.\n\n{firm}",
            0.36,
        ),
        Letter(
            OTHER,
            "Re: Good news: {title}",
            "Hello,\n\nwe understand your point about the working time, and 32 hours should be possible from the start."
            " The department has to sign; this takes two or three days.\n\n{firm}",
            0.41,
        ),
    ),
    "declined": (
        Letter(
            REJECTION,
            "Your application: {title}",
            "Hello,\n\nthank you for your interest in {firm}. After careful consideration we have decided to go on with"
            " other candidates whose experience is closer to what we need at the moment. We wish you all the best.\n\n"
            "Recruiting, {firm}",
            -0.44,
        ),
        Letter(
            REJECTION,
            "{firm}: the position has been filled",
            "Hello,\n\nthe position {title} has been filled internally. We are sorry that we cannot give you better"
            " news. With your permission we keep your documents for six months.\n\nTalent team, {firm}",
            -0.31,
        ),
        Letter(
            REJECTION,
            "News about your application to {firm}",
            "Hello,\n\nunfortunately we will not consider your application any further. Please understand that we"
            " cannot give individual reasons.\n\nThis message was sent automatically.",
            -0.68,
        ),
    ),
    "declined_after_talk": (
        Letter(
            REJECTION,
            "Thank you for the conversation",
            "Hello,\n\nwe enjoyed talking with you. In the end another person had more experience with the systems that"
            " we run, and the decision went that way. If you like, we will give you feedback in a short call.\n\nTalent"
            " team, {firm}",
            -0.22,
        ),
        Letter(
            REJECTION,
            "{title}: our decision",
            "Hello,\n\nthank you for the time that you took. The team liked your way of explaining things, but expected"
            " more depth in distributed systems for this level. We would be glad to hear from you again in a year.\n\n"
            "Engineering, {firm}",
            -0.27,
        ),
    ),
    "declined_after_final": (
        Letter(
            REJECTION,
            "A difficult decision",
            "Hello,\n\nof the two of you who were left, we could hire only one, and it was close. We will not pretend"
            " that this makes it better. Should a second position open, we will call you first.\n\nThe team at {firm}",
            -0.12,
        ),
    ),
}
