"""Courses of the demo applications."""

from typing import NamedTuple

from jobbot_gql.applications.models import ApplicationStatus as Status


class Stage(NamedTuple):
    """A status change, days after the one before, with the occasion of the employer's response, if any."""

    after: int
    letter: str | None
    status: Status


class Story(NamedTuple):
    """The course of `times` applications.

    `quiet` is the range of days since the last step. `job_type` is required of the job. `again` means a second
    application after the first was withdrawn.
    """

    times: int
    quiet: tuple[int, int]
    steps: tuple[Stage, ...]
    notes: tuple[str | None, ...]
    job_type: str | None = None
    again: bool = False

    @property
    def status(self) -> Status:
        """Final status."""
        return self.steps[-1].status if self.steps else Status.SUBMITTED


RECEIVED = Stage(1, "received", Status.ACKNOWLEDGED)
SCREEN = Stage(5, "screen", Status.PHONE_SCREEN)
TASK = Stage(10, "task", Status.TECHNICAL_INTERVIEW)
TECHNICAL = Stage(10, "technical", Status.TECHNICAL_INTERVIEW)
FINAL = Stage(10, "final", Status.FINAL_INTERVIEW)
OFFERED = Stage(10, "offer", Status.OFFER_RECEIVED)

WAITING = (
    None,
    "Found through the weekly search; fits the invoicing project well.",
    "Cover letter tells the import story.",
    None,
    "Asked a former colleague about the team: good, but slow to hire.",
    "Salary not stated; ask in the first call.",
)

STORIES = (
    # No answer yet: some fresh, some due for a follow-up, some gone quiet.
    Story(10, (1, 27), (), WAITING),
    Story(5, (31, 52), (), (None, "Followed up twice.", "Followed up after one week and after two.")),
    Story(6, (1, 26), (RECEIVED,), WAITING),
    Story(2, (33, 44), (RECEIVED,), ("Only the automatic confirmation so far.", None)),
    Story(3, (2, 17), (RECEIVED, Stage(5, None, Status.UNDER_REVIEW)), ("The portal says: in review.", None)),
    Story(3, (1, 12), (RECEIVED, Stage(4, "question", Status.UNDER_REVIEW)), (None, "Quick to answer, good sign.")),
    Story(2, (3, 15), (RECEIVED, Stage(6, "on_hold", Status.UNDER_REVIEW)), ("Paused; ask again in two weeks.",)),
    # Talking.
    Story(4, (1, 6), (RECEIVED, SCREEN), ("Ask: team size, on-call, why the position is open.", None)),
    Story(2, (9, 16), (SCREEN,), ("Call went well, 35 minutes. They will decide by the end of the month.",)),
    Story(3, (1, 8), (RECEIVED, SCREEN, TASK), ("Three hours at most, as they asked.", None)),
    Story(3, (2, 10), (SCREEN, TECHNICAL), ("Read up on their open-source repositories.", None)),
    Story(4, (1, 7), (RECEIVED, SCREEN, TECHNICAL, FINAL), ("Both references know that a call may come.", None)),
    Story(3, (1, 5), (RECEIVED, SCREEN, TECHNICAL, FINAL, OFFERED), ("Base is 6 per cent above the target.", None)),
    Story(
        2,
        (1, 3),
        (SCREEN, TECHNICAL, FINAL, OFFERED, Stage(3, "counter", Status.OFFER_NEGOTIATING)),
        ("Asked for four days a week instead of more money.", "Asked for a review after six months."),
    ),
    # Over.
    Story(
        1,
        (1, 1),
        (RECEIVED, SCREEN, TECHNICAL, FINAL, OFFERED, Stage(4, None, Status.ACCEPTED)),
        ("Signed. Starts on the first of the month after next; tell the others.",),
    ),
    Story(
        1,
        (38, 38),
        (SCREEN, Stage(9, "offer", Status.OFFER_RECEIVED), Stage(2, None, Status.ACCEPTED)),
        ("Five weeks, finished since. Would hire me again; the search for something permanent goes on.",),
        job_type="contract",
    ),
    Story(8, (1, 45), (RECEIVED, Stage(9, "declined", Status.REJECTED)), (None, None, "Form letter.", None)),
    Story(4, (3, 50), (Stage(14, "declined", Status.REJECTED),), (None, "Was a long shot.")),
    Story(
        4,
        (2, 30),
        (RECEIVED, SCREEN, Stage(10, "declined_after_talk", Status.REJECTED)),
        ("Asked for feedback: more depth in streaming.", None),
    ),
    Story(
        2,
        (4, 25),
        (RECEIVED, SCREEN, TASK, Stage(10, "declined_after_talk", Status.REJECTED)),
        ("The exercise was fine, the conversation about it was not.",),
    ),
    Story(
        2,
        (5, 15),
        (RECEIVED, SCREEN, TECHNICAL, FINAL, Stage(10, "declined_after_final", Status.REJECTED)),
        ("Close. Stay in touch.", "Second of two."),
    ),
    Story(5, (2, 20), (RECEIVED, Stage(35, None, Status.GHOSTED)), ("Three follow-ups, no answer.", None)),
    Story(3, (4, 28), (Stage(36, None, Status.GHOSTED),), ("Three follow-ups, no answer. Posting is still online.",)),
    Story(3, (2, 25), (RECEIVED, Stage(4, None, Status.WITHDRAWN)), ("Office five days a week, as it turned out.",)),
    Story(
        2,
        (5, 20),
        (SCREEN, Stage(10, None, Status.WITHDRAWN)),
        ("Band is 20 per cent below the target.", "Product is not for me."),
    ),
    Story(2, (42, 50), (RECEIVED, Stage(8, None, Status.WITHDRAWN)), ("Position was cut to part time; withdrew.",)),
    Story(2, (4, 12), (RECEIVED,), ("Second try: the position is full time again.",), again=True),
)

COVER_LETTERS = ("none", "short-v2", "story-v3", "story-v4", "data-v1")
RESUMES = ("backend-v5", "backend-v6", "data-v3", "automation-v2")

TRADES = ("Backend", "Python", "Data ", "Automation", "Full Stack", "Platform")
"""The title of a suitable job contains one of these."""
NOT_FOR_ME = ("Intern", "Junior")

# Notes of status changes without a response.
EVENT_NOTES = {
    Status.UNDER_REVIEW: "Seen in the applicant portal.",
    Status.ACCEPTED: "Contract signed and sent back.",
    Status.GHOSTED: "No answer after three follow-ups.",
    Status.WITHDRAWN: "Told them by e-mail.",
}

DISMISSALS = (
    "Five days a week in the office.",
    "Pay is well below the target.",
    "Too much travel.",
    "An agency, and the client is not named.",
    "Asks for a clearance.",
)
