"""Demo applications with their responses, claims and status events."""

from dataclasses import asdict
from datetime import datetime, timedelta
from random import Random

from jobbot_gql.applications.integrity import integrity_of, suggested_impact, suggested_risk
from jobbot_gql.applications.models import Application, ApplicationStatus, EmployerResponse, ExperienceClaim
from jobbot_gql.applications.models import ResponseType as Kind
from jobbot_gql.demo.history import StatusStep, events
from jobbot_gql.demo.times import appointment, at_work
from jobbot_gql.demo.words.claims import BOLD, MILD, RECKLESS
from jobbot_gql.demo.words.firms import AGENCIES, EMPLOYERS
from jobbot_gql.demo.words.letters import LETTERS
from jobbot_gql.demo.words.stories import (
    COVER_LETTERS,
    DISMISSALS,
    EVENT_NOTES,
    NOT_FOR_ME,
    RESUMES,
    STORIES,
    TRADES,
    Story,
)
from jobbot_gql.interviews.models import Interview
from jobbot_gql.jobs.models import Job, JobStatus

DOMAINS = {firm.name: firm.domain for firm in EMPLOYERS + AGENCIES}
CLOSED = frozenset({"rejected", "ghosted", "withdrawn", "accepted"})
JOB_STATUS = {
    ApplicationStatus.SUBMITTED: JobStatus.APPLIED,
    ApplicationStatus.ACKNOWLEDGED: JobStatus.APPLIED,
    ApplicationStatus.UNDER_REVIEW: JobStatus.APPLIED,
    ApplicationStatus.PHONE_SCREEN: JobStatus.INTERVIEWING,
    ApplicationStatus.TECHNICAL_INTERVIEW: JobStatus.INTERVIEWING,
    ApplicationStatus.FINAL_INTERVIEW: JobStatus.INTERVIEWING,
    ApplicationStatus.OFFER_RECEIVED: JobStatus.OFFER,
    ApplicationStatus.OFFER_NEGOTIATING: JobStatus.OFFER,
    ApplicationStatus.ACCEPTED: JobStatus.OFFER,
    ApplicationStatus.REJECTED: JobStatus.REJECTED,
    ApplicationStatus.GHOSTED: JobStatus.ARCHIVED,
    ApplicationStatus.WITHDRAWN: JobStatus.ARCHIVED,
}


def apply_to_jobs(rng: Random, now: datetime, jobs: list[Job]) -> None:
    """Apply to some of the jobs, and dismiss others.

    Adds applications with responses and claims, and sets statuses and status events of applications and jobs.
    """
    job_histories: dict[Job, list[StatusStep[JobStatus]]] = {
        job: [StatusStep(JobStatus.DISCOVERED, job.scraped_date or now)] for job in jobs
    }
    number = 0
    for story in STORIES:
        for i in range(story.times):
            first, last = story.quiet
            quiet = first + (last - first) * i // max(1, story.times - 1)
            application, history = _application(rng, now, story, quiet, jobs)
            application.notes = story.notes[i % len(story.notes)]
            if number % 2 == 0:
                _claim(rng, application)
            number += 1
            application.status_events = events(history, now)
            job_histories[application.job] += [StatusStep(JOB_STATUS[change.status], change.at) for change in history]
    for job, job_history in job_histories.items():
        if not job.applications:
            job_history.extend(_triaged(rng, now, job))
        job.status = job_history[-1].status
        job.status_events = events(job_history, now)


def _application(
    rng: Random, now: datetime, story: Story, quiet: int, jobs: list[Job]
) -> tuple[Application, list[StatusStep[ApplicationStatus]]]:
    # Vary long waits by a day.
    waits = [step.after + (rng.choice((-1, 0, 0, 1)) if step.after > 3 else 0) for step in story.steps]
    age = quiet + sum(waits)
    day = now - timedelta(days=age)
    submitted = day.replace(hour=rng.randint(8, 21), minute=rng.randint(0, 59), second=rng.randint(0, 59))
    job = _choose(rng, now, story, age, jobs)
    application = Application(
        job=job,
        application_date=submitted,
        status=story.status,
        cover_letter_version=rng.choice(COVER_LETTERS),
        resume_version=rng.choice(RESUMES),
        credibility_rating=1.0,
        exaggeration_level=0.0,
        integrity_score=100.0,
    )
    history = [StatusStep(ApplicationStatus.SUBMITTED, submitted)]
    free_from = submitted
    for step, wait in zip(story.steps, waits, strict=True):
        day += timedelta(days=wait)
        at = max(at_work(rng, day), free_from + timedelta(hours=1))
        history.append(StatusStep(step.status, at, None if step.letter else EVENT_NOTES[step.status]))
        free_from = at
        if step.letter:
            response = _response(rng, job, step.letter, at)
            application.responses.append(response)
            if response.response_type is not Kind.ACKNOWLEDGMENT:
                application.response_date = application.response_date or at
            if response.response_type is Kind.INTERVIEW_REQUEST:
                free_from = application.interview_date = appointment(rng, day + timedelta(days=rng.randint(2, 4)))
                application.interviews.append(Interview(starts_at=free_from))
    if application.responses and story.status not in CLOSED:
        newest = application.responses[-1]
        newest.follow_up_scheduled = appointment(rng, free_from + timedelta(days=7))
        if quiet < 2:
            newest.action_taken = None
    return application, history


def _choose(rng: Random, now: datetime, story: Story, age: int, jobs: list[Job]) -> Job:
    """A suitable job, without an application, that was found up to two weeks before an application of this age in days.

    Compares whole days, so that the choice does not depend on the time of day.
    """

    def days_old(moment: datetime | None) -> int:
        return (now.date() - (moment or now).date()).days

    def fits(job: Job) -> bool:
        if story.again:
            return [application.status for application in job.applications] == [ApplicationStatus.WITHDRAWN] and (
                days_old(job.applications[0].application_date) > age + 35
            )
        return (
            not job.applications
            and any(trade in job.title for trade in TRADES)
            and not any(word in job.title for word in NOT_FOR_ME)
            and story.job_type in {None, job.job_type}
        )

    known = [job for job in jobs if (now - (job.scraped_date or now)).days > age and fits(job)]
    recent = [job for job in known if (now - (job.scraped_date or now)).days <= age + 14]
    return rng.choice(recent or known)


def _response(rng: Random, job: Job, occasion: str, at: datetime) -> EmployerResponse:
    letter = rng.choice(LETTERS[occasion])
    domain = DOMAINS[job.company]
    words = {"title": job.title, "firm": job.company, "domain": domain}
    sender = "no-reply" if letter.kind is Kind.ACKNOWLEDGMENT else rng.choice(("jobs", "talent", "recruiting"))
    return EmployerResponse(
        response_date=at,
        response_type=letter.kind,
        subject_line=letter.subject.format(**words),
        email_content=letter.text.format(**words),
        sender_email=f"{sender}@{domain}",
        sentiment_score=letter.tone,
        requires_action=letter.action is not None,
        action_taken=letter.action,
    )


def _triaged(rng: Random, now: datetime, job: Job) -> list[StatusStep[JobStatus]]:
    found = job.scraped_date or now
    at = found + timedelta(seconds=round((now - found).total_seconds() * rng.uniform(0.05, 0.6)))
    if now - found > timedelta(days=40) and rng.random() < 0.6:
        return [StatusStep(JobStatus.ARCHIVED, at, "No longer online.")]
    chance = rng.random()
    if chance < 0.16:
        return [StatusStep(JobStatus.TARGETED, at)]
    if chance < 0.24:
        return [StatusStep(JobStatus.REJECTED, at, rng.choice(DISMISSALS))]
    return []


def _claim(rng: Random, application: Application) -> None:
    """Add one to four claims, and compute the integrity columns."""
    mood = rng.choices(("honest", "bold", "reckless"), (10, 8, 5))[0]
    if mood == "honest":
        claims = rng.sample(MILD, rng.randint(1, 3))
    elif mood == "bold":
        claims = rng.sample(MILD, rng.randint(0, 2)) + rng.sample(BOLD, 1)
    else:
        claims = rng.sample(MILD, 1) + rng.sample(BOLD, 1) + rng.sample(RECKLESS, rng.randint(1, 2))
    application.experience_claims = [
        ExperienceClaim(
            claim_type=claim.kind,
            original_experience=claim.original,
            claimed_experience=claim.claimed,
            exaggeration_multiplier=claim.multiplier,
            credibility_impact=suggested_impact(claim.multiplier) if claim.impact is None else claim.impact,
            risk_level=claim.risk or suggested_risk(claim.kind, claim.multiplier),
            justification=claim.justification,
        )
        for claim in claims
    ]
    for name, value in asdict(integrity_of(application.experience_claims)).items():
        setattr(application, name, value)
