"""Which job a scraped row describes: identity, strongest first.

1. The same id on the same site.
2. The same URL key. A job whose URL a person has entered is found by it too.
3. The same key of the employer's own URL: one job on two boards. An employer may send everybody to one page of all
   vacancies: unless there is a digit in the URL's path or parameters, as in `/careers/42`, the titles must agree too.

A board's ids are the strongest evidence, and they speak both ways: two rows that one board gives different ids are two
jobs, whatever URL they share, and whichever other board knows one of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jobbot_gql.importing.comparing import content_key
from jobbot_gql.importing.raw import JsonValue
from jobbot_gql.importing.rows import ScrapedJob
from jobbot_gql.jobs.identity import location_key, names_one_vacancy, title_key


@dataclass(frozen=True, slots=True)
class Keys:
    """What a place is recognised by. `title` and `location` are keys too: they confirm, and never identify."""

    site: str | None
    external_id: str | None
    url_key: str | None
    direct_url_key: str | None
    title: str | None
    location: str | None

    @classmethod
    def of(cls, row: ScrapedJob) -> "Keys":
        """The keys of a scraped row."""
        has_id = row.source_site is not None and row.external_id is not None
        return cls(
            site=row.source_site,
            external_id=row.external_id,
            url_key=row.url_key or (None if has_id else content_key(row)),
            direct_url_key=row.direct_url_key,
            title=title_key(row.title),
            location=location_key(row.location),
        )

    @property
    def board_id(self) -> tuple[str, str] | None:
        """The id, and the site that it belongs to: neither says anything without the other."""
        return (self.site, self.external_id) if self.site is not None and self.external_id is not None else None

    @property
    def names_one_vacancy(self) -> bool:
        """Whether the employer's own URL leads to one vacancy, rather than to the page of them all."""
        return names_one_vacancy(self.direct_url_key or "")

    @property
    def vacancy(self) -> tuple[str, str | None] | None:
        """The employer's own URL, with the title unless the URL names one vacancy by itself."""
        if self.direct_url_key is None:
            return None
        return self.direct_url_key, None if self.names_one_vacancy else self.title

    def over(self, other: "Keys") -> "Keys":
        """These keys, completed from the other's."""
        board = other if self.board_id is None and (other.board_id or self.site is None) else self
        return replace(
            self,
            site=board.site,
            external_id=board.external_id,
            url_key=self.url_key or other.url_key,
            direct_url_key=self.direct_url_key or other.direct_url_key,
            title=self.title or other.title,
            location=self.location or other.location,
        )


@dataclass(slots=True, eq=False)
class KnownJob:
    """A job, stored or about to be.

    `values` are its columns: of a stored job only once they are needed. `changes` are those to be written.
    """

    id: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class KnownSource:
    """A place where a job was seen, stored (a row of job_sources) or about to be.

    - `is_met`: this import has come across it already; `is_added`: this import has found it.
    - `raw`: the row as it was scraped, known once it is needed; so is `seen_count`.
    - `values`: the columns to be written beside the keys.
    """

    job: KnownJob
    keys: Keys
    id: int | None = None
    is_met: bool = False
    is_added: bool = False
    is_changed: bool = False
    raw: dict[str, JsonValue] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    seen_count: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """What a row was recognised as.

    - `is_new_source`, `is_new_job`: the row is the first that tells of it.
    - `is_hand_entered`: the job was known, but from no scrape.
    - `is_repeated`: an earlier row of this import was about the same place.
    """

    source: KnownSource
    is_new_source: bool = False
    is_new_job: bool = False
    is_hand_entered: bool = False
    is_repeated: bool = False


class Matcher:
    """The places and jobs that the rows of a batch can be recognised as, to which each row adds what it tells.

    `sources` are the stored ones, oldest jobs first. `owners` are the stored jobs by the keys of their URLs.
    `board_ids` are all ids that boards have given the stored jobs, as far as there are any.
    """

    def __init__(
        self,
        sources: Iterable[KnownSource],
        owners: Mapping[str, KnownJob],
        board_ids: Mapping[KnownJob, Collection[tuple[str, str]]],
    ) -> None:
        self._by_board_id: dict[tuple[str, str], KnownSource] = {}
        # Sets that keep the order in which they were filled.
        self._by_url: defaultdict[str, dict[KnownSource, None]] = defaultdict(dict)
        self._by_vacancy: defaultdict[tuple[str, str | None], dict[KnownSource, None]] = defaultdict(dict)
        self._owners = owners
        self._board_ids = defaultdict(set, {job: set(ids) for job, ids in board_ids.items()})
        for source in sources:
            self._add(source)

    def match(self, keys: Keys) -> Match:
        """Recognise a row, and remember it for the rows to come."""
        source, job, is_hand_entered = self._find(keys)
        if source is not None:
            match = Match(source, is_repeated=source.is_met)
            source.keys = source.keys.over(keys) if source.is_met else keys.over(source.keys)
            source.is_met = True
            self._add(source)
            return match
        new = KnownSource(job or KnownJob(), keys, is_met=True, is_added=True)
        self._add(new)
        return Match(new, is_new_source=True, is_new_job=job is None, is_hand_entered=is_hand_entered)

    def _find(self, keys: Keys) -> tuple[KnownSource | None, KnownJob | None, bool]:
        if keys.board_id and (source := self._by_board_id.get(keys.board_id)):
            return source, None, False
        if keys.url_key:
            same_url = [source for source in self._by_url[keys.url_key] if not self._is_told_apart(keys, source.job)]
            for source in same_url:
                if _is_same_source(keys, source.keys):
                    return source, None, False
            if same_url:
                return None, _likeliest(keys, same_url), False
            owner = self._owners.get(keys.url_key)
            if owner and not self._by_url[keys.url_key] and not self._is_told_apart(keys, owner):
                return None, owner, True
        if keys.vacancy:
            same_vacancy = [
                source for source in self._by_vacancy[keys.vacancy] if not self._is_told_apart(keys, source.job)
            ]
            if same_vacancy:
                return None, _likeliest(keys, same_vacancy), False
        return None, None, False

    def _is_told_apart(self, keys: Keys, job: KnownJob) -> bool:
        """Whether the row's board gives the job another id."""
        return keys.board_id is not None and any(
            site == keys.site and external_id != keys.external_id for site, external_id in self._board_ids[job]
        )

    def _add(self, source: KnownSource) -> None:
        if source.keys.board_id:
            self._by_board_id[source.keys.board_id] = source
            self._board_ids[source.job].add(source.keys.board_id)
        if source.keys.url_key:
            self._by_url[source.keys.url_key][source] = None
        if source.keys.vacancy:
            self._by_vacancy[source.keys.vacancy][source] = None


def _is_same_source(one: Keys, other: Keys) -> bool:
    if one.board_id and other.board_id:
        return one.board_id == other.board_id
    return one.site is None or other.site is None or one.site == other.site


def _likeliest(keys: Keys, sources: list[KnownSource]) -> KnownJob:
    """The job at the same location, or else the oldest."""
    return next((source.job for source in sources if source.keys.location == keys.location), sources[0].job)
