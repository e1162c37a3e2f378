"""Many keys as one parameter."""

from sqlalchemy import Text, or_, select, text

from jobbot_gql.db.database import Database
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.jobs.models import Job
from tests.conftest import recorded

WIDE = select(Job.id).where(
    or_(is_among(Job.job_url, key_list("urls", Text())), is_among(Job.id, key_list("ids", Job.id.type)))
)


async def test_keys_are_one_parameter_whatever_their_number(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all([Job(title="a", company="c", job_url="https://example.com/a"), Job(title="b", company="c")])
    snapshot = database.snapshot()
    with recorded(database) as statements:
        assert [row.id for row in await snapshot.rows(WIDE, {"urls": ["https://example.com/a"], "ids": []})] == [1]
        assert sorted(row.id for row in await snapshot.rows(WIDE, {"urls": ["?", "!"], "ids": [1, 2, 3]})) == [1, 2]
        assert await snapshot.rows(WIDE, {"urls": [], "ids": []}) == []
    await snapshot.close()

    assert len(set(statements)) == 1


async def test_keys_are_found_by_index(database: Database) -> None:
    statement = str(WIDE.compile(database.writer.sync_engine))
    async with database.transaction() as session:
        connection = await session.connection()
        if database.dialect == "sqlite":
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("[]", "[]"))
            steps = [row.detail.split(" USING")[0] for row in plan if "jobs" in row.detail]
            assert steps == ["SEARCH jobs", "SEARCH jobs"]
        else:
            await session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = await connection.exec_driver_sql(f"EXPLAIN {statement}", ([], []))
            assert "Seq Scan" not in "\n".join(row[0] for row in plan)
