"""Indexes for orders are those of the models after every migration."""

from sqlalchemy import Connection, text

from jobbot_gql.db.database import Database
from jobbot_gql.db.triggers import order_indexes
from jobbot_gql.models import Application, Job


async def definitions(database: Database) -> dict[str, str]:
    async with database.reader.connect() as connection:
        if database.dialect == "sqlite":
            found = await connection.execute(text("SELECT name, sql FROM sqlite_schema WHERE type = 'index'"))
        else:
            found = await connection.execute(text("SELECT indexname, indexdef FROM pg_indexes"))
        return {name: sql for name, sql in found.all() if order_indexes.owns(name)}


async def test_indexed_columns_of_words_and_text_have_an_index_of_their_order(database: Database) -> None:
    found = await definitions(database)

    words = {
        *("ix_jobs_status_sorted", "ix_applications_status_sorted", "ix_employer_responses_response_type_sorted"),
        *("ix_experience_claims_risk_level_sorted", "ix_companies_size_sorted", "ix_opportunities_status_sorted"),
        "ix_outreach_campaigns_response_status_sorted",
    }
    texts = {
        *(f"ix_jobs_{column}_sorted" for column in ("title", "company", "location", "job_url", "source_site")),
        *(f"ix_jobs_{column}_sorted" for column in ("job_type", "experience_level", "industry")),
        *(f"ix_companies_{column}_sorted" for column in ("name", "industry", "location")),
        *("ix_experience_claims_claim_type_sorted", "ix_tags_name_sorted"),
        "ix_contacts_name_sorted",
    }
    assert found.keys() >= words
    assert found.keys() & texts == (texts if database.dialect == "postgresql" else set())


async def test_an_index_of_another_definition_is_replaced(database: Database) -> None:
    before = await definitions(database)

    def install(connection: Connection) -> None:
        connection.exec_driver_sql("DROP INDEX ix_jobs_status_sorted")
        connection.exec_driver_sql("DROP INDEX ix_applications_status_sorted")
        connection.exec_driver_sql("CREATE INDEX ix_jobs_status_sorted ON jobs (id)")
        order_indexes.install(connection, [Job, Application])

    async with database.writer.begin() as connection:
        await connection.run_sync(install)

    assert await definitions(database) == before
