"""Matching of scraped rows to stored jobs, by the strongest key first.

1. The same id on the same site.
2. The same URL key. This also finds jobs entered by hand.
3. The same key of the direct URL (the employer's own page): one job on two boards. A direct URL may lead to a page of
   all vacancies. So the titles must also match, unless the path or the parameters hold a digit, as in `/careers/42`.
   Parameters that track on some hosts, such as `source`, do not count.

Rows with different ids on one board are always different jobs, even if they share a URL.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jobbot_gql.importing.comparison import content_key
from jobbot_gql.importing.raw import JsonValue
from jobbot_gql.importing.rows import ScrapedJob
from jobbot_gql.jobs.identity import location_key, names_one_vacancy, title_key


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that identify a source. `title` and `location` only confirm a match by another key."""

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
        """Site and id; None unless both are known."""
        return (self.site, self.external_id) if self.site is not None and self.external_id is not None else None

    @property
    def names_one_vacancy(self) -> bool:
        """Whether the direct URL leads to one vacancy, not to a list."""
        return names_one_vacancy(self.direct_url_key or "")

    @property
    def vacancy(self) -> tuple[str, str | None] | None:
        """The direct URL key, with the title unless the URL leads to one vacancy."""
        if self.direct_url_key is None:
            return None
        return self.direct_url_key, None if self.names_one_vacancy else self.title

    def completed_by(self, other: "Keys") -> "Keys":
        """These keys, with absent ones taken from `other`."""
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
    """A stored or new job.

    `values` are its columns; those of a stored job are loaded on demand. `changes` are the values to write.
    """

    id: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class KnownSource:
    """A stored or new source of a job.

    - `is_seen`: a row of this import had this source. `is_added`: this import added it.
    - `raw`, `seen_count`: the merged scraped row and the number of imports; loaded on demand.
    - `values`: the columns to write in addition to the keys.
    """

    job: KnownJob
    keys: Keys
    id: int | None = None
    is_seen: bool = False
    is_added: bool = False
    is_changed: bool = False
    raw: dict[str, JsonValue] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    seen_count: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """The source that a row belongs to.

    - `is_new_source`, `is_new_job`: this row is the first of the source or job.
    - `is_hand_entered`: the job was stored without any source.
    - `is_repeated`: an earlier row of this import has the same source.
    """

    source: KnownSource
    is_new_source: bool = False
    is_new_job: bool = False
    is_hand_entered: bool = False
    is_repeated: bool = False


class Matcher:
    """Matches the rows of a batch to sources and jobs, including those added by earlier rows of the batch.

    Args of `__init__`:
        sources: Stored sources, oldest jobs first.
        owners: Stored jobs by the key of their URL.
        board_ids: All board ids of the stored jobs.
    """

    def __init__(
        self,
        sources: Iterable[KnownSource],
        owners: Mapping[str, KnownJob],
        board_ids: Mapping[KnownJob, Collection[tuple[str, str]]],
    ) -> None:
        self._by_board_id: dict[tuple[str, str], KnownSource] = {}
        # Ordered sets.
        self._by_url: defaultdict[str, dict[KnownSource, None]] = defaultdict(dict)
        self._by_vacancy: defaultdict[tuple[str, str | None], dict[KnownSource, None]] = defaultdict(dict)
        self._owners = owners
        self._board_ids = defaultdict(set, {job: set(ids) for job, ids in board_ids.items()})
        for source in sources:
            self._add(source)

    def match(self, keys: Keys) -> Match:
        """Match a row, and add its keys for later rows."""
        source, job, is_hand_entered = self._find(keys)
        if source is not None:
            match = Match(source, is_repeated=source.is_seen)
            source.keys = source.keys.completed_by(keys) if source.is_seen else keys.completed_by(source.keys)
            source.is_seen = True
            self._add(source)
            return match
        new = KnownSource(job or KnownJob(), keys, is_seen=True, is_added=True)
        self._add(new)
        return Match(new, is_new_source=True, is_new_job=job is None, is_hand_entered=is_hand_entered)

    def _find(self, keys: Keys) -> tuple[KnownSource | None, KnownJob | None, bool]:
        if keys.board_id and (source := self._by_board_id.get(keys.board_id)):
            return source, None, False
        if keys.url_key:
            same_url = [
                source for source in self._by_url[keys.url_key] if not self._has_other_board_id(keys, source.job)
            ]
            for source in same_url:
                if _is_same_source(keys, source.keys):
                    return source, None, False
            if same_url:
                return None, _likeliest(keys, same_url), False
            owner = self._owners.get(keys.url_key)
            if owner and not self._by_url[keys.url_key] and not self._has_other_board_id(keys, owner):
                return None, owner, True
        if keys.vacancy:
            same_vacancy = [
                source for source in self._by_vacancy[keys.vacancy] if not self._has_other_board_id(keys, source.job)
            ]
            if same_vacancy:
                return None, _likeliest(keys, same_vacancy), False
        return None, None, False

    def _has_other_board_id(self, keys: Keys, job: KnownJob) -> bool:
        """Whether the job has another id on the row's board."""
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
    """The job at the same location, else the oldest."""
    return next((source.job for source in sources if source.keys.location == keys.location), sources[0].job)
