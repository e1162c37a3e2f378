--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: pg_trgm; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;


--
-- Name: EXTENSION pg_trgm; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';


--
-- Name: log_change_applications(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.log_change_applications() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS public.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM public."applications";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := pg_catalog.to_jsonb(OLD) || pg_catalog.jsonb_build_object(
        'application_date', coalesce(
            pg_catalog.to_char(OLD."application_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."application_date"::text
        ),
        'interview_date', coalesce(
            pg_catalog.to_char(OLD."interview_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."interview_date"::text
        ),
        'response_date', coalesce(
            pg_catalog.to_char(OLD."response_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."response_date"::text
        ));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := pg_catalog.to_jsonb(NEW) || pg_catalog.jsonb_build_object(
        'application_date', coalesce(
            pg_catalog.to_char(NEW."application_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."application_date"::text
        ),
        'interview_date', coalesce(
            pg_catalog.to_char(NEW."interview_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."interview_date"::text
        ),
        'response_date', coalesce(
            pg_catalog.to_char(NEW."response_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."response_date"::text
        ));
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock('public.change_log'::regclass::oid::bigint);
    INSERT INTO public.change_log (actor, entity, entity_id, operation, before, after, request_id) VALUES (
        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        'Application',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
$$;


--
-- Name: log_change_companies(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.log_change_companies() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS public.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM public."companies";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := pg_catalog.to_jsonb(OLD) || pg_catalog.jsonb_build_object(
        'research_date', coalesce(
            pg_catalog.to_char(OLD."research_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."research_date"::text
        ),
        'last_updated', coalesce(
            pg_catalog.to_char(OLD."last_updated"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."last_updated"::text
        ));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := pg_catalog.to_jsonb(NEW) || pg_catalog.jsonb_build_object(
        'research_date', coalesce(
            pg_catalog.to_char(NEW."research_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."research_date"::text
        ),
        'last_updated', coalesce(
            pg_catalog.to_char(NEW."last_updated"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."last_updated"::text
        ));
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock('public.change_log'::regclass::oid::bigint);
    INSERT INTO public.change_log (actor, entity, entity_id, operation, before, after, request_id) VALUES (
        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        'Company',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
$$;


--
-- Name: log_change_employer_responses(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.log_change_employer_responses() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS public.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM public."employer_responses";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := pg_catalog.to_jsonb(OLD) || pg_catalog.jsonb_build_object(
        'response_date', coalesce(
            pg_catalog.to_char(OLD."response_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."response_date"::text
        ),
        'follow_up_scheduled', coalesce(
            pg_catalog.to_char(OLD."follow_up_scheduled"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."follow_up_scheduled"::text
        ));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := pg_catalog.to_jsonb(NEW) || pg_catalog.jsonb_build_object(
        'response_date', coalesce(
            pg_catalog.to_char(NEW."response_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."response_date"::text
        ),
        'follow_up_scheduled', coalesce(
            pg_catalog.to_char(NEW."follow_up_scheduled"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."follow_up_scheduled"::text
        ));
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock('public.change_log'::regclass::oid::bigint);
    INSERT INTO public.change_log (actor, entity, entity_id, operation, before, after, request_id) VALUES (
        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        'EmployerResponse',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
$$;


--
-- Name: log_change_experience_claims(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.log_change_experience_claims() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS public.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM public."experience_claims";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := pg_catalog.to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := pg_catalog.to_jsonb(NEW);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock('public.change_log'::regclass::oid::bigint);
    INSERT INTO public.change_log (actor, entity, entity_id, operation, before, after, request_id) VALUES (
        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        'ExperienceClaim',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
$$;


--
-- Name: log_change_job_sources(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.log_change_job_sources() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS public.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM public."job_sources";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := pg_catalog.to_jsonb(OLD) || pg_catalog.jsonb_build_object(
        'first_seen', coalesce(
            pg_catalog.to_char(OLD."first_seen"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."first_seen"::text
        ),
        'last_seen', coalesce(
            pg_catalog.to_char(OLD."last_seen"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."last_seen"::text
        ));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := pg_catalog.to_jsonb(NEW) || pg_catalog.jsonb_build_object(
        'first_seen', coalesce(
            pg_catalog.to_char(NEW."first_seen"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."first_seen"::text
        ),
        'last_seen', coalesce(
            pg_catalog.to_char(NEW."last_seen"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."last_seen"::text
        ));
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock('public.change_log'::regclass::oid::bigint);
    INSERT INTO public.change_log (actor, entity, entity_id, operation, before, after, request_id) VALUES (
        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        'JobSource',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
$$;


--
-- Name: log_change_jobs(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.log_change_jobs() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS public.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM public."jobs";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := pg_catalog.to_jsonb(OLD) || pg_catalog.jsonb_build_object(
        'scraped_date', coalesce(
            pg_catalog.to_char(OLD."scraped_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."scraped_date"::text
        ));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := pg_catalog.to_jsonb(NEW) || pg_catalog.jsonb_build_object(
        'scraped_date', coalesce(
            pg_catalog.to_char(NEW."scraped_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."scraped_date"::text
        ));
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock('public.change_log'::regclass::oid::bigint);
    INSERT INTO public.change_log (actor, entity, entity_id, operation, before, after, request_id) VALUES (
        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        'Job',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
$$;


--
-- Name: log_change_opportunities(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.log_change_opportunities() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS public.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM public."opportunities";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := pg_catalog.to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := pg_catalog.to_jsonb(NEW);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock('public.change_log'::regclass::oid::bigint);
    INSERT INTO public.change_log (actor, entity, entity_id, operation, before, after, request_id) VALUES (
        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        'Opportunity',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
$$;


--
-- Name: log_change_outreach_campaigns(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.log_change_outreach_campaigns() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS public.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM public."outreach_campaigns";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := pg_catalog.to_jsonb(OLD) || pg_catalog.jsonb_build_object(
        'sent_date', coalesce(
            pg_catalog.to_char(OLD."sent_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."sent_date"::text
        ),
        'response_date', coalesce(
            pg_catalog.to_char(OLD."response_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."response_date"::text
        ),
        'follow_up_scheduled', coalesce(
            pg_catalog.to_char(OLD."follow_up_scheduled"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."follow_up_scheduled"::text
        ));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := pg_catalog.to_jsonb(NEW) || pg_catalog.jsonb_build_object(
        'sent_date', coalesce(
            pg_catalog.to_char(NEW."sent_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."sent_date"::text
        ),
        'response_date', coalesce(
            pg_catalog.to_char(NEW."response_date"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."response_date"::text
        ),
        'follow_up_scheduled', coalesce(
            pg_catalog.to_char(NEW."follow_up_scheduled"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."follow_up_scheduled"::text
        ));
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock('public.change_log'::regclass::oid::bigint);
    INSERT INTO public.change_log (actor, entity, entity_id, operation, before, after, request_id) VALUES (
        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        'OutreachCampaign',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
$$;


--
-- Name: log_change_reference_usages(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.log_change_reference_usages() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS public.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM public."reference_usages";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := pg_catalog.to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := pg_catalog.to_jsonb(NEW);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock('public.change_log'::regclass::oid::bigint);
    INSERT INTO public.change_log (actor, entity, entity_id, operation, before, after, request_id) VALUES (
        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        'ReferenceUsage',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
$$;


--
-- Name: log_change_references(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.log_change_references() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS public.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM public."references";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := pg_catalog.to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := pg_catalog.to_jsonb(NEW);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock('public.change_log'::regclass::oid::bigint);
    INSERT INTO public.change_log (actor, entity, entity_id, operation, before, after, request_id) VALUES (
        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        'Reference',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
$$;


--
-- Name: log_change_status_events(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.log_change_status_events() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS public.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM public."status_events";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := pg_catalog.to_jsonb(OLD) || pg_catalog.jsonb_build_object(
        'occurred_at', coalesce(
            pg_catalog.to_char(OLD."occurred_at"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."occurred_at"::text
        ),
        'recorded_at', coalesce(
            pg_catalog.to_char(OLD."recorded_at"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            OLD."recorded_at"::text
        ));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := pg_catalog.to_jsonb(NEW) || pg_catalog.jsonb_build_object(
        'occurred_at', coalesce(
            pg_catalog.to_char(NEW."occurred_at"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."occurred_at"::text
        ),
        'recorded_at', coalesce(
            pg_catalog.to_char(NEW."recorded_at"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            NEW."recorded_at"::text
        ));
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock('public.change_log'::regclass::oid::bigint);
    INSERT INTO public.change_log (actor, entity, entity_id, operation, before, after, request_id) VALUES (
        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        'StatusEvent',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
$$;


--
-- Name: search_index_applications(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.search_index_applications() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NOT (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."notes" IS DISTINCT FROM NEW."notes") THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_index WHERE kind = 2 AND row_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND num_nonnulls(NEW."notes") > 0 THEN
        INSERT INTO search_index (kind, row_id, words) VALUES (2, NEW.id, setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."notes", 50000), ''))), 'D'))
        ON CONFLICT (kind, row_id) DO UPDATE SET words = excluded.words;
    END IF;
    RETURN NULL;
END
$$;


--
-- Name: search_index_companies(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.search_index_companies() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NOT (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."industry" IS DISTINCT FROM NEW."industry" OR OLD."location" IS DISTINCT FROM NEW."location" OR OLD."technology_stack" IS DISTINCT FROM NEW."technology_stack" OR OLD."automation_opportunities" IS DISTINCT FROM NEW."automation_opportunities" OR OLD."pain_points" IS DISTINCT FROM NEW."pain_points" OR OLD."decision_makers" IS DISTINCT FROM NEW."decision_makers") THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_index WHERE kind = 5 AND row_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND num_nonnulls(NEW."name", NEW."industry", NEW."location", NEW."technology_stack", NEW."automation_opportunities", NEW."pain_points", NEW."decision_makers") > 0 THEN
        INSERT INTO search_index (kind, row_id, words) VALUES (5, NEW.id, setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."name", 50000), ''))), 'A') || setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."industry", 50000), '') || ' ǀ ' || coalesce(left(NEW."location", 50000), ''))), 'B') || setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(search_list(NEW."technology_stack"), 50000), '') || ' ǀ ' || coalesce(left(search_list(NEW."automation_opportunities"), 50000), '') || ' ǀ ' || coalesce(left(search_list(NEW."pain_points"), 50000), '') || ' ǀ ' || coalesce(left(search_list(NEW."decision_makers"), 50000), ''))), 'D'))
        ON CONFLICT (kind, row_id) DO UPDATE SET words = excluded.words;
    END IF;
    RETURN NULL;
END
$$;


--
-- Name: search_index_employer_responses(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.search_index_employer_responses() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NOT (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."subject_line" IS DISTINCT FROM NEW."subject_line" OR OLD."email_content" IS DISTINCT FROM NEW."email_content") THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_index WHERE kind = 3 AND row_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND num_nonnulls(NEW."subject_line", NEW."email_content") > 0 THEN
        INSERT INTO search_index (kind, row_id, words) VALUES (3, NEW.id, setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."subject_line", 50000), ''))), 'A') || setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."email_content", 50000), ''))), 'D'))
        ON CONFLICT (kind, row_id) DO UPDATE SET words = excluded.words;
    END IF;
    RETURN NULL;
END
$$;


--
-- Name: search_index_jobs(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.search_index_jobs() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NOT (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."title" IS DISTINCT FROM NEW."title" OR OLD."company" IS DISTINCT FROM NEW."company" OR OLD."location" IS DISTINCT FROM NEW."location" OR OLD."keywords" IS DISTINCT FROM NEW."keywords" OR OLD."description" IS DISTINCT FROM NEW."description" OR OLD."requirements" IS DISTINCT FROM NEW."requirements" OR OLD."benefits" IS DISTINCT FROM NEW."benefits") THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_index WHERE kind = 1 AND row_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND num_nonnulls(NEW."title", NEW."company", NEW."location", NEW."keywords", NEW."description", NEW."requirements", NEW."benefits") > 0 THEN
        INSERT INTO search_index (kind, row_id, words) VALUES (1, NEW.id, setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."title", 50000), ''))), 'A') || setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."company", 50000), '') || ' ǀ ' || coalesce(left(NEW."location", 50000), '') || ' ǀ ' || coalesce(left(search_list(NEW."keywords"), 50000), ''))), 'B') || setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."description", 50000), '') || ' ǀ ' || coalesce(left(NEW."requirements", 50000), '') || ' ǀ ' || coalesce(left(NEW."benefits", 50000), ''))), 'D'))
        ON CONFLICT (kind, row_id) DO UPDATE SET words = excluded.words;
    END IF;
    RETURN NULL;
END
$$;


--
-- Name: search_index_opportunities(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.search_index_opportunities() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NOT (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."problem_description" IS DISTINCT FROM NEW."problem_description" OR OLD."solution_approach" IS DISTINCT FROM NEW."solution_approach") THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_index WHERE kind = 6 AND row_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND num_nonnulls(NEW."problem_description", NEW."solution_approach") > 0 THEN
        INSERT INTO search_index (kind, row_id, words) VALUES (6, NEW.id, setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."problem_description", 50000), '') || ' ǀ ' || coalesce(left(NEW."solution_approach", 50000), ''))), 'D'))
        ON CONFLICT (kind, row_id) DO UPDATE SET words = excluded.words;
    END IF;
    RETURN NULL;
END
$$;


--
-- Name: search_index_references(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.search_index_references() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NOT (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."title" IS DISTINCT FROM NEW."title" OR OLD."company" IS DISTINCT FROM NEW."company" OR OLD."notes" IS DISTINCT FROM NEW."notes") THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_index WHERE kind = 4 AND row_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND num_nonnulls(NEW."name", NEW."title", NEW."company", NEW."notes") > 0 THEN
        INSERT INTO search_index (kind, row_id, words) VALUES (4, NEW.id, setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."name", 50000), ''))), 'A') || setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."title", 50000), '') || ' ǀ ' || coalesce(left(NEW."company", 50000), ''))), 'B') || setweight(to_tsvector('pg_catalog.simple', search_text(' ǀ ' || coalesce(left(NEW."notes", 50000), ''))), 'D'))
        ON CONFLICT (kind, row_id) DO UPDATE SET words = excluded.words;
    END IF;
    RETURN NULL;
END
$$;


--
-- Name: search_list(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.search_list(source text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN (SELECT string_agg(item, ' ǀ ') FROM jsonb_array_elements_text(source::jsonb) AS item);
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;


--
-- Name: search_text(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.search_text(source text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT regexp_replace(replace(replace(CASE
    WHEN octet_length(source) = length(source) THEN source
    ELSE normalize(regexp_replace(normalize(source, NFD), '([a-zA-Z])[\u0300-\u036f]+', '\1', 'g'), NFC)
END, '++', 'ǁ '), '#', 'ǂ '), '[!-/:-@\[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f]+', ' ', 'g')
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: api_tokens; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_tokens (
    id integer NOT NULL,
    name character varying(100) NOT NULL,
    digest character varying(64) NOT NULL,
    scopes text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone
);


--
-- Name: api_tokens_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.api_tokens_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: api_tokens_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.api_tokens_id_seq OWNED BY public.api_tokens.id;


--
-- Name: applications; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.applications (
    id integer NOT NULL,
    job_id integer NOT NULL,
    application_date timestamp with time zone DEFAULT now(),
    status character varying(50),
    cover_letter_version character varying(100),
    resume_version character varying(100),
    interview_date timestamp with time zone,
    response_date timestamp with time zone,
    notes text,
    credibility_rating double precision,
    exaggeration_level double precision,
    integrity_score double precision,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_applications_status CHECK (((status)::text = ANY ((ARRAY['submitted'::character varying, 'acknowledged'::character varying, 'under_review'::character varying, 'phone_screen'::character varying, 'technical_interview'::character varying, 'final_interview'::character varying, 'offer_received'::character varying, 'offer_negotiating'::character varying, 'accepted'::character varying, 'rejected'::character varying, 'ghosted'::character varying, 'withdrawn'::character varying])::text[])))
);


--
-- Name: applications_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.applications_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: applications_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.applications_id_seq OWNED BY public.applications.id;


--
-- Name: change_log; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.change_log (
    sequence bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    actor character varying(255),
    entity character varying(50) NOT NULL,
    entity_id integer NOT NULL,
    operation character varying(50) NOT NULL,
    before jsonb,
    after jsonb,
    request_id character varying(64),
    CONSTRAINT ck_change_log_operation CHECK (((operation)::text = ANY ((ARRAY['create'::character varying, 'update'::character varying, 'delete'::character varying])::text[])))
);


--
-- Name: change_log_sequence_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.change_log_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: change_log_sequence_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.change_log_sequence_seq OWNED BY public.change_log.sequence;


--
-- Name: companies; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.companies (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    industry character varying(100),
    size character varying(50),
    location character varying(255),
    website character varying(500),
    automation_opportunities text,
    technology_stack text,
    pain_points text,
    decision_makers text,
    research_date timestamp with time zone DEFAULT now(),
    last_updated timestamp with time zone,
    confidence_score double precision,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_companies_size CHECK (((size)::text = ANY ((ARRAY['small'::character varying, 'medium'::character varying, 'large'::character varying])::text[])))
);


--
-- Name: companies_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.companies_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: companies_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.companies_id_seq OWNED BY public.companies.id;


--
-- Name: employer_responses; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.employer_responses (
    id integer NOT NULL,
    application_id integer NOT NULL,
    response_date timestamp with time zone DEFAULT now(),
    response_type character varying(50) NOT NULL,
    subject_line character varying(255),
    email_content text,
    sender_email character varying(255),
    sentiment_score double precision,
    requires_action boolean,
    action_taken text,
    follow_up_scheduled timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_employer_responses_response_type CHECK (((response_type)::text = ANY ((ARRAY['acknowledgment'::character varying, 'info_request'::character varying, 'assessment'::character varying, 'interview_request'::character varying, 'offer'::character varying, 'rejection'::character varying, 'other'::character varying])::text[])))
);


--
-- Name: employer_responses_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.employer_responses_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: employer_responses_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.employer_responses_id_seq OWNED BY public.employer_responses.id;


--
-- Name: experience_claims; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.experience_claims (
    id integer NOT NULL,
    application_id integer NOT NULL,
    claim_type character varying(100) NOT NULL,
    original_experience text NOT NULL,
    claimed_experience text NOT NULL,
    exaggeration_multiplier double precision,
    credibility_impact double precision,
    risk_level character varying(50),
    justification text,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_experience_claims_risk_level CHECK (((risk_level)::text = ANY ((ARRAY['low'::character varying, 'medium'::character varying, 'high'::character varying])::text[])))
);


--
-- Name: experience_claims_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.experience_claims_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: experience_claims_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.experience_claims_id_seq OWNED BY public.experience_claims.id;


--
-- Name: idempotency_keys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.idempotency_keys (
    actor character varying(255) NOT NULL,
    key character varying(255) NOT NULL,
    fingerprint character varying(64) NOT NULL,
    answer text,
    at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: job_sources; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.job_sources (
    id integer NOT NULL,
    job_id integer NOT NULL,
    source_site character varying(100),
    external_id character varying(255),
    url text,
    url_key text,
    direct_url_key text,
    first_seen timestamp with time zone DEFAULT now() NOT NULL,
    last_seen timestamp with time zone DEFAULT now() NOT NULL,
    seen_count integer DEFAULT 1 NOT NULL,
    pay_interval character varying(50),
    pay_min double precision,
    pay_max double precision,
    pay_currency character varying(50),
    pay_source character varying(50),
    raw json NOT NULL
);


--
-- Name: job_sources_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.job_sources_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: job_sources_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.job_sources_id_seq OWNED BY public.job_sources.id;


--
-- Name: jobs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.jobs (
    id integer NOT NULL,
    title character varying(255) NOT NULL,
    company character varying(255) NOT NULL,
    location character varying(255),
    salary_min integer,
    salary_max integer,
    description text,
    requirements text,
    benefits text,
    job_url character varying(500),
    source_site character varying(100),
    scraped_date timestamp with time zone DEFAULT now(),
    posting_date date,
    application_deadline date,
    remote_option boolean,
    job_type character varying(50),
    experience_level character varying(50),
    industry character varying(100),
    keywords text,
    status character varying(50),
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_jobs_status CHECK (((status)::text = ANY ((ARRAY['discovered'::character varying, 'targeted'::character varying, 'applied'::character varying, 'interviewing'::character varying, 'offer'::character varying, 'rejected'::character varying, 'archived'::character varying])::text[])))
);


--
-- Name: jobs_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.jobs_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: jobs_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.jobs_id_seq OWNED BY public.jobs.id;


--
-- Name: opportunities; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.opportunities (
    id integer NOT NULL,
    company_id integer,
    problem_description text NOT NULL,
    solution_approach text NOT NULL,
    estimated_value integer,
    implementation_complexity character varying(50),
    confidence_score double precision,
    proof_of_concept_created boolean,
    status character varying(50),
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_opportunities_implementation_complexity CHECK (((implementation_complexity)::text = ANY ((ARRAY['low'::character varying, 'medium'::character varying, 'high'::character varying])::text[]))),
    CONSTRAINT ck_opportunities_status CHECK (((status)::text = ANY ((ARRAY['identified'::character varying, 'researched'::character varying, 'poc_created'::character varying, 'pitched'::character varying, 'rejected'::character varying, 'accepted'::character varying])::text[])))
);


--
-- Name: opportunities_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.opportunities_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: opportunities_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.opportunities_id_seq OWNED BY public.opportunities.id;


--
-- Name: outreach_campaigns; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.outreach_campaigns (
    id integer NOT NULL,
    company_id integer,
    opportunity_id integer,
    contact_method character varying(50),
    contact_person character varying(255),
    message_content text,
    sent_date timestamp with time zone,
    response_status character varying(50),
    response_date timestamp with time zone,
    follow_up_scheduled timestamp with time zone,
    notes text,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_outreach_campaigns_contact_method CHECK (((contact_method)::text = ANY ((ARRAY['email'::character varying, 'linkedin'::character varying, 'phone'::character varying])::text[]))),
    CONSTRAINT ck_outreach_campaigns_response_status CHECK (((response_status)::text = ANY ((ARRAY['sent'::character varying, 'opened'::character varying, 'replied'::character varying, 'interested'::character varying, 'rejected'::character varying])::text[])))
);


--
-- Name: outreach_campaigns_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.outreach_campaigns_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: outreach_campaigns_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.outreach_campaigns_id_seq OWNED BY public.outreach_campaigns.id;


--
-- Name: reference_usages; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reference_usages (
    id integer NOT NULL,
    reference_id integer NOT NULL,
    application_id integer,
    used_on date DEFAULT CURRENT_DATE NOT NULL,
    context text
);


--
-- Name: reference_usages_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.reference_usages_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: reference_usages_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.reference_usages_id_seq OWNED BY public.reference_usages.id;


--
-- Name: references; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public."references" (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    title character varying(255),
    company character varying(255),
    email character varying(255),
    phone character varying(50),
    relationship_type character varying(100),
    years_worked_together integer,
    consent_given boolean,
    consent_date date,
    last_contacted date,
    usage_count integer,
    credibility_score double precision,
    response_rate double precision,
    notes text,
    version integer DEFAULT 1 NOT NULL
);


--
-- Name: references_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.references_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: references_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.references_id_seq OWNED BY public."references".id;


--
-- Name: search_index; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.search_index (
    kind smallint NOT NULL,
    row_id integer NOT NULL,
    words tsvector NOT NULL
);


--
-- Name: status_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.status_events (
    id integer NOT NULL,
    job_id integer,
    application_id integer,
    opportunity_id integer,
    outreach_campaign_id integer,
    from_status character varying(50),
    to_status character varying(50) NOT NULL,
    occurred_at timestamp with time zone DEFAULT now() NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    note text,
    CONSTRAINT ck_status_events_one_subject CHECK (((((
CASE
    WHEN (job_id IS NULL) THEN 0
    ELSE 1
END +
CASE
    WHEN (application_id IS NULL) THEN 0
    ELSE 1
END) +
CASE
    WHEN (opportunity_id IS NULL) THEN 0
    ELSE 1
END) +
CASE
    WHEN (outreach_campaign_id IS NULL) THEN 0
    ELSE 1
END) = 1))
);


--
-- Name: status_events_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.status_events_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: status_events_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.status_events_id_seq OWNED BY public.status_events.id;


--
-- Name: api_tokens id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_tokens ALTER COLUMN id SET DEFAULT nextval('public.api_tokens_id_seq'::regclass);


--
-- Name: applications id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications ALTER COLUMN id SET DEFAULT nextval('public.applications_id_seq'::regclass);


--
-- Name: change_log sequence; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.change_log ALTER COLUMN sequence SET DEFAULT nextval('public.change_log_sequence_seq'::regclass);


--
-- Name: companies id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.companies ALTER COLUMN id SET DEFAULT nextval('public.companies_id_seq'::regclass);


--
-- Name: employer_responses id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.employer_responses ALTER COLUMN id SET DEFAULT nextval('public.employer_responses_id_seq'::regclass);


--
-- Name: experience_claims id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experience_claims ALTER COLUMN id SET DEFAULT nextval('public.experience_claims_id_seq'::regclass);


--
-- Name: job_sources id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_sources ALTER COLUMN id SET DEFAULT nextval('public.job_sources_id_seq'::regclass);


--
-- Name: jobs id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.jobs ALTER COLUMN id SET DEFAULT nextval('public.jobs_id_seq'::regclass);


--
-- Name: opportunities id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.opportunities ALTER COLUMN id SET DEFAULT nextval('public.opportunities_id_seq'::regclass);


--
-- Name: outreach_campaigns id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outreach_campaigns ALTER COLUMN id SET DEFAULT nextval('public.outreach_campaigns_id_seq'::regclass);


--
-- Name: reference_usages id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reference_usages ALTER COLUMN id SET DEFAULT nextval('public.reference_usages_id_seq'::regclass);


--
-- Name: references id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."references" ALTER COLUMN id SET DEFAULT nextval('public.references_id_seq'::regclass);


--
-- Name: status_events id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.status_events ALTER COLUMN id SET DEFAULT nextval('public.status_events_id_seq'::regclass);


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES
	('0008');


--
-- Data for Name: api_tokens; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.api_tokens VALUES
	(1, 'bot', '57e23fcc08186e7b6d5bc9e6a7804470bd974573679bffc831669c1f87e94b06', '["read", "write"]', '2026-11-29 15:09:14.005966+00', NULL, NULL, NULL),
	(2, 'old', 'e57197162c6c9dc7b5ca481ad997e9546203442626a5a2694206d469c5abd282', '["read"]', '2026-11-29 15:09:14.017985+00', '2026-01-01 00:00:00+00', NULL, '2026-11-29 15:09:14.019529+00');


--
-- Data for Name: applications; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.applications VALUES
	(1, 28, '2026-09-01 08:00:00+00', 'rejected', NULL, NULL, NULL, '2026-09-20 10:00:00+00', 'first', 1, 0, 100, 2);


--
-- Data for Name: change_log; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.change_log VALUES
	(1, '2026-11-29 15:09:12.184243+00', 'local', 'Job', 1, 'create', NULL, NULL, '5b10637915c082d4'),
	(3, '2026-11-29 15:09:12.309423+00', 'local', 'Job', 1, 'delete', NULL, NULL, '5b10637915c082d5'),
	(2, '2026-11-29 15:09:12.184243+00', 'local', 'StatusEvent', 1, 'create', NULL, NULL, '5b10637915c082d4'),
	(4, '2026-11-29 15:09:12.309423+00', 'local', 'StatusEvent', 1, 'delete', NULL, NULL, '5b10637915c082d5'),
	(5, '2026-11-29 15:09:12.391807+00', 'local', 'Company', 1, 'create', NULL, '{"id": 1, "name": "Example Robotics GmbH", "size": "medium", "version": 1, "website": "https://robotics.example", "industry": "Robotics", "location": "Hauptstr. 1, Berlin", "pain_points": null, "last_updated": null, "research_date": "2026-11-29T15:09:12.452444+00:00", "decision_makers": null, "confidence_score": 0, "technology_stack": null, "automation_opportunities": null}', 'import-054225d4e3fa478082174d5fb35b7c5b'),
	(6, '2026-11-29 15:09:12.391807+00', 'local', 'Company', 2, 'create', NULL, '{"id": 2, "name": "Sample Analytics", "size": null, "version": 1, "website": null, "industry": null, "location": null, "pain_points": null, "last_updated": null, "research_date": "2026-11-29T15:09:12.452444+00:00", "decision_makers": null, "confidence_score": 0, "technology_stack": null, "automation_opportunities": null}', 'import-054225d4e3fa478082174d5fb35b7c5b'),
	(7, '2026-11-29 15:09:12.391807+00', 'local', 'Company', 3, 'create', NULL, '{"id": 3, "name": "ＥＸＡＭＰＬＥ　Foods", "size": "large", "version": 1, "website": null, "industry": null, "location": null, "pain_points": null, "last_updated": null, "research_date": "2026-11-29T15:09:12.452444+00:00", "decision_makers": null, "confidence_score": 0, "technology_stack": null, "automation_opportunities": null}', 'import-054225d4e3fa478082174d5fb35b7c5b'),
	(8, '2026-11-29 15:09:12.391807+00', 'local', 'Job', 2, 'create', NULL, '{"id": 2, "title": "Senior C++ Engineer", "status": "discovered", "company": "Example Robotics GmbH", "job_url": "https://jobs.example.com/view?jk=101&from=serp", "version": 1, "benefits": null, "industry": "Robotics", "job_type": "fulltime, contract", "keywords": null, "location": "Berlin, Germany", "salary_max": 96500, "salary_min": 72000, "description": "**Your work**\n\n* modern C\\+\\+ and \"ROS\", daily\n* paths such as C:\\robots\\arm\n\n5\\+ years", "source_site": "indeed", "posting_date": "2026-09-01", "requirements": null, "scraped_date": "2026-11-29T15:09:12.478320+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', 'import-054225d4e3fa478082174d5fb35b7c5b'),
	(9, '2026-11-29 15:09:12.391807+00', 'local', 'Job', 3, 'create', NULL, '{"id": 3, "title": "Data Analyst", "status": "discovered", "company": "Sample Analytics", "job_url": "https://www.example.org/jobs/view/102/", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": "Remote, worldwide", "salary_max": null, "salary_min": null, "description": null, "source_site": "linkedin", "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.478320+00:00", "remote_option": true, "experience_level": "mid-senior level", "application_deadline": null}', 'import-054225d4e3fa478082174d5fb35b7c5b'),
	(10, '2026-11-29 15:09:12.391807+00', 'local', 'Job', 4, 'create', NULL, '{"id": 4, "title": "ML Engineer", "status": "discovered", "company": "ＥＸＡＭＰＬＥ　Foods", "job_url": "https://example.net/job-listings-103", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": "[\"Python\", \"SQL\", \"C#\"]", "location": "Pune, India", "salary_max": null, "salary_min": null, "description": null, "source_site": "naukri", "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.478320+00:00", "remote_option": null, "experience_level": "3-6 Yrs", "application_deadline": null}', 'import-054225d4e3fa478082174d5fb35b7c5b'),
	(11, '2026-11-29 15:09:12.391807+00', 'local', 'Job', 5, 'create', NULL, '{"id": 5, "title": "Nurse", "status": "discovered", "company": "(unknown)", "job_url": "https://example.com/jobs//j?lvk=104", "version": 1, "benefits": null, "industry": null, "job_type": "parttime", "keywords": null, "location": "Toronto, ON, Canada", "salary_max": 87360, "salary_min": 63440, "description": null, "source_site": "zip_recruiter", "posting_date": "2026-08-30", "requirements": null, "scraped_date": "2026-11-29T15:09:12.478320+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', 'import-054225d4e3fa478082174d5fb35b7c5b'),
	(12, '2026-11-29 15:09:12.391807+00', 'local', 'JobSource', 1, 'create', NULL, '{"id": 1, "raw": {"id": "ex-101", "site": "indeed", "title": "Senior C++ Engineer", "emails": "jobs@robotics.example, hr@robotics.example", "company": "Example Robotics GmbH", "job_url": "https://jobs.example.com/view?jk=101&from=serp", "currency": "EUR", "interval": "yearly", "job_type": "fulltime, contract", "location": "Berlin, Germany", "is_remote": false, "max_amount": 96500.5, "min_amount": 72000.0, "company_url": "https://jobs.example.com/cmp/robotics", "date_posted": "2026-09-01", "description": "**Your work**\n\n* modern C\\+\\+ and \"ROS\", daily\n* paths such as C:\\robots\\arm\n\n5\\+ years", "salary_source": "direct_data", "job_url_direct": "https://robotics.example/careers/7?utm_source=indeed&gh_jid=7", "company_revenue": "$5M to $25M", "company_industry": "Robotics", "company_addresses": "Hauptstr. 1, Berlin", "company_url_direct": "https://robotics.example", "company_num_employees": "51 to 200"}, "url": "https://jobs.example.com/view?jk=101&from=serp", "job_id": 2, "pay_max": 96500.5, "pay_min": 72000, "url_key": "jobs.example.com/view?jk=101", "last_seen": "2026-11-29T15:09:12.391807+00:00", "first_seen": "2026-11-29T15:09:12.391807+00:00", "pay_source": "direct_data", "seen_count": 1, "external_id": "ex-101", "source_site": "indeed", "pay_currency": "EUR", "pay_interval": "yearly", "direct_url_key": "robotics.example/careers/7?gh_jid=7"}', 'import-054225d4e3fa478082174d5fb35b7c5b'),
	(13, '2026-11-29 15:09:12.391807+00', 'local', 'JobSource', 2, 'create', NULL, '{"id": 2, "raw": {"id": "ex-102", "site": "linkedin", "title": "Data Analyst", "company": "Sample Analytics", "job_url": "https://www.example.org/jobs/view/102/", "location": "Remote, worldwide", "is_remote": true, "job_level": "mid-senior level", "job_function": "Information Technology"}, "url": "https://www.example.org/jobs/view/102/", "job_id": 3, "pay_max": null, "pay_min": null, "url_key": "example.org/jobs/view/102", "last_seen": "2026-11-29T15:09:12.391807+00:00", "first_seen": "2026-11-29T15:09:12.391807+00:00", "pay_source": null, "seen_count": 1, "external_id": "ex-102", "source_site": "linkedin", "pay_currency": null, "pay_interval": null, "direct_url_key": null}', 'import-054225d4e3fa478082174d5fb35b7c5b'),
	(14, '2026-11-29 15:09:12.391807+00', 'local', 'JobSource', 3, 'create', NULL, '{"id": 3, "raw": {"id": "ex-103", "site": "naukri", "title": "ML Engineer", "skills": "Python, SQL, python, C#", "company": "ＥＸＡＭＰＬＥ　Foods", "job_url": "https://example.net/job-listings-103", "location": "Pune, India", "vacancy_count": 3.0, "company_rating": 4.1, "experience_range": "3-6 Yrs", "work_from_home_type": "Hybrid", "company_num_employees": "10,000+", "company_reviews_count": 250.0}, "url": "https://example.net/job-listings-103", "job_id": 4, "pay_max": null, "pay_min": null, "url_key": "example.net/job-listings-103", "last_seen": "2026-11-29T15:09:12.391807+00:00", "first_seen": "2026-11-29T15:09:12.391807+00:00", "pay_source": null, "seen_count": 1, "external_id": "ex-103", "source_site": "naukri", "pay_currency": null, "pay_interval": null, "direct_url_key": null}', 'import-054225d4e3fa478082174d5fb35b7c5b'),
	(15, '2026-11-29 15:09:12.391807+00', 'local', 'JobSource', 4, 'create', NULL, '{"id": 4, "raw": {"id": "ex-104", "site": "zip_recruiter", "title": "Nurse", "job_url": "https://example.com/jobs//j?lvk=104", "currency": "CAD", "interval": "hourly", "job_type": "parttime", "location": "Toronto, ON, Canada", "is_remote": false, "max_amount": 42.0, "min_amount": 30.5, "date_posted": "2026-08-30", "salary_source": "direct_data"}, "url": "https://example.com/jobs//j?lvk=104", "job_id": 5, "pay_max": 42, "pay_min": 30.5, "url_key": "example.com/jobs//j?lvk=104", "last_seen": "2026-11-29T15:09:12.391807+00:00", "first_seen": "2026-11-29T15:09:12.391807+00:00", "pay_source": "direct_data", "seen_count": 1, "external_id": "ex-104", "source_site": "zip_recruiter", "pay_currency": "CAD", "pay_interval": "hourly", "direct_url_key": null}', 'import-054225d4e3fa478082174d5fb35b7c5b'),
	(16, '2026-11-29 15:09:12.564457+00', 'scraper', 'Company', 4, 'create', NULL, '{"id": 4, "name": "Uni", "size": null, "version": 1, "website": null, "industry": null, "location": null, "pain_points": null, "last_updated": null, "research_date": "2026-11-29T15:09:12.578943+00:00", "decision_makers": null, "confidence_score": 0, "technology_stack": null, "automation_opportunities": null}', 'import-c3d7d202f41c4e729fd850b7bc8a0908'),
	(17, '2026-11-29 15:09:12.564457+00', 'scraper', 'Company', 5, 'create', NULL, '{"id": 5, "name": "Moka", "size": null, "version": 1, "website": null, "industry": null, "location": null, "pain_points": null, "last_updated": null, "research_date": "2026-11-29T15:09:12.578943+00:00", "decision_makers": null, "confidence_score": 0, "technology_stack": null, "automation_opportunities": null}', 'import-c3d7d202f41c4e729fd850b7bc8a0908'),
	(18, '2026-11-29 15:09:12.564457+00', 'scraper', 'Job', 6, 'create', NULL, '{"id": 6, "title": "Lecturer", "status": "discovered", "company": "Uni", "job_url": "https://jobs.uni.example/Vacancy.aspx?ref=X1", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": "Bonn", "salary_max": null, "salary_min": null, "description": null, "source_site": "uni", "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.591276+00:00", "remote_option": null, "experience_level": null, "application_deadline": null}', 'import-c3d7d202f41c4e729fd850b7bc8a0908'),
	(19, '2026-11-29 15:09:12.564457+00', 'scraper', 'Job', 7, 'create', NULL, '{"id": 7, "title": "Dean", "status": "discovered", "company": "Uni", "job_url": null, "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": "Bonn", "salary_max": null, "salary_min": null, "description": null, "source_site": "uni", "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.591276+00:00", "remote_option": null, "experience_level": null, "application_deadline": null}', 'import-c3d7d202f41c4e729fd850b7bc8a0908'),
	(20, '2026-11-29 15:09:12.564457+00', 'scraper', 'Job', 8, 'create', NULL, '{"id": 8, "title": "Engineer", "status": "discovered", "company": "Moka", "job_url": "https://app.example/46903#/job/aaa", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": "moka", "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.591276+00:00", "remote_option": null, "experience_level": null, "application_deadline": null}', 'import-c3d7d202f41c4e729fd850b7bc8a0908'),
	(21, '2026-11-29 15:09:12.564457+00', 'scraper', 'JobSource', 5, 'create', NULL, '{"id": 5, "raw": {"id": "u-1", "site": "uni", "title": "Lecturer", "company": "Uni", "job_url": "https://jobs.uni.example/Vacancy.aspx?ref=X1", "location": "Bonn"}, "url": "https://jobs.uni.example/Vacancy.aspx?ref=X1", "job_id": 6, "pay_max": null, "pay_min": null, "url_key": "jobs.uni.example/Vacancy.aspx", "last_seen": "2026-11-29T15:09:12.564457+00:00", "first_seen": "2026-11-29T15:09:12.564457+00:00", "pay_source": null, "seen_count": 1, "external_id": "u-1", "source_site": "uni", "pay_currency": null, "pay_interval": null, "direct_url_key": null}', 'import-c3d7d202f41c4e729fd850b7bc8a0908'),
	(22, '2026-11-29 15:09:12.564457+00', 'scraper', 'JobSource', 6, 'create', NULL, '{"id": 6, "raw": {"id": "u-2", "site": "uni", "title": "Lecturer", "company": "Uni", "job_url": "https://jobs.uni.example/Vacancy.aspx?ref=X2", "location": "Bonn"}, "url": "https://jobs.uni.example/Vacancy.aspx?ref=X2", "job_id": 6, "pay_max": null, "pay_min": null, "url_key": "jobs.uni.example/Vacancy.aspx", "last_seen": "2026-11-29T15:09:12.564457+00:00", "first_seen": "2026-11-29T15:09:12.564457+00:00", "pay_source": null, "seen_count": 1, "external_id": "u-2", "source_site": "uni", "pay_currency": null, "pay_interval": null, "direct_url_key": null}', 'import-c3d7d202f41c4e729fd850b7bc8a0908'),
	(23, '2026-11-29 15:09:12.564457+00', 'scraper', 'JobSource', 7, 'create', NULL, '{"id": 7, "raw": {"id": "u-3", "site": "uni", "title": "Dean", "company": "Uni", "job_url": "https://jobs.uni.example/Vacancy.aspx?ref=X3", "location": "Bonn"}, "url": "https://jobs.uni.example/Vacancy.aspx?ref=X3", "job_id": 7, "pay_max": null, "pay_min": null, "url_key": "jobs.uni.example/Vacancy.aspx", "last_seen": "2026-11-29T15:09:12.564457+00:00", "first_seen": "2026-11-29T15:09:12.564457+00:00", "pay_source": null, "seen_count": 1, "external_id": "u-3", "source_site": "uni", "pay_currency": null, "pay_interval": null, "direct_url_key": null}', 'import-c3d7d202f41c4e729fd850b7bc8a0908'),
	(99, '2026-11-29 15:09:13.438563+00', 'local', 'Reference', 1, 'update', '{"version": 1, "usage_count": 0, "last_contacted": null}', '{"version": 2, "usage_count": 1, "last_contacted": "2026-11-29"}', '5b10637915c082eb'),
	(100, '2026-11-29 15:09:13.438563+00', 'local', 'ReferenceUsage', 1, 'create', NULL, '{"id": 1, "context": null, "used_on": "2026-11-29", "reference_id": 1, "application_id": 1}', '5b10637915c082eb'),
	(24, '2026-11-29 15:09:12.564457+00', 'scraper', 'JobSource', 8, 'create', NULL, '{"id": 8, "raw": {"site": "moka", "title": "Engineer", "company": "Moka", "job_url": "https://app.example/46903#/job/aaa"}, "url": "https://app.example/46903#/job/aaa", "job_id": 8, "pay_max": null, "pay_min": null, "url_key": "app.example/46903", "last_seen": "2026-11-29T15:09:12.564457+00:00", "first_seen": "2026-11-29T15:09:12.564457+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": "moka", "pay_currency": null, "pay_interval": null, "direct_url_key": null}', 'import-c3d7d202f41c4e729fd850b7bc8a0908'),
	(25, '2026-11-29 15:09:12.60604+00', 'scraper', 'Company', 6, 'create', NULL, '{"id": 6, "name": "Bank", "size": null, "version": 1, "website": null, "industry": null, "location": null, "pain_points": null, "last_updated": null, "research_date": "2026-11-29T15:09:12.622855+00:00", "decision_makers": null, "confidence_score": 0, "technology_stack": null, "automation_opportunities": null}', 'import-1045ced10a1d4ef3a8eda80757c5ac62'),
	(26, '2026-11-29 15:09:12.60604+00', 'scraper', 'Company', 7, 'create', NULL, '{"id": 7, "name": "Acme", "size": null, "version": 1, "website": null, "industry": null, "location": null, "pain_points": null, "last_updated": null, "research_date": "2026-11-29T15:09:12.622855+00:00", "decision_makers": null, "confidence_score": 0, "technology_stack": null, "automation_opportunities": null}', 'import-1045ced10a1d4ef3a8eda80757c5ac62'),
	(27, '2026-11-29 15:09:12.60604+00', 'scraper', 'Job', 9, 'create', NULL, '{"id": 9, "title": "Teller", "status": "discovered", "company": "Bank", "job_url": "https://www.linkedin.com/jobs/view/4191815023", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": "linkedin", "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.625529+00:00", "remote_option": null, "experience_level": null, "application_deadline": null}', 'import-1045ced10a1d4ef3a8eda80757c5ac62'),
	(28, '2026-11-29 15:09:12.60604+00', 'scraper', 'Job', 10, 'create', NULL, '{"id": 10, "title": "Cook", "status": "discovered", "company": "Acme", "job_url": "https://www.linkedin.com/jobs/view/4191815024", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": "linkedin", "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.625529+00:00", "remote_option": null, "experience_level": null, "application_deadline": null}', 'import-1045ced10a1d4ef3a8eda80757c5ac62'),
	(29, '2026-11-29 15:09:12.60604+00', 'scraper', 'JobSource', 9, 'create', NULL, '{"id": 9, "raw": {"id": "li-4191815023", "site": "linkedin", "title": "Teller", "company": "Bank", "job_url": "https://www.linkedin.com/jobs/view/4191815023", "job_url_direct": "https://careers.bank.example/Vacancy.aspx?id=1&ref=A&urlHash=AZ9R"}, "url": "https://www.linkedin.com/jobs/view/4191815023", "job_id": 9, "pay_max": null, "pay_min": null, "url_key": "linkedin.com/jobs/view/4191815023", "last_seen": "2026-11-29T15:09:12.606040+00:00", "first_seen": "2026-11-29T15:09:12.606040+00:00", "pay_source": null, "seen_count": 1, "external_id": "li-4191815023", "source_site": "linkedin", "pay_currency": null, "pay_interval": null, "direct_url_key": "careers.bank.example/Vacancy.aspx?id=1&urlHash=AZ9R"}', 'import-1045ced10a1d4ef3a8eda80757c5ac62'),
	(30, '2026-11-29 15:09:12.60604+00', 'scraper', 'JobSource', 10, 'create', NULL, '{"id": 10, "raw": {"id": "in-51e0f6a1b2c3d4e5", "site": "indeed", "title": "Teller", "company": "Bank", "job_url": "https://www.indeed.com/viewjob?jk=51e0f6a1b2c3d4e5&from=serp&vjk=51e0f6a1b2c3d4e5", "job_url_direct": "https://careers.bank.example/Vacancy.aspx?id=1&ref=B&urlHash=AZ9R"}, "url": "https://www.indeed.com/viewjob?jk=51e0f6a1b2c3d4e5&from=serp&vjk=51e0f6a1b2c3d4e5", "job_id": 9, "pay_max": null, "pay_min": null, "url_key": "indeed.com/viewjob?jk=51e0f6a1b2c3d4e5", "last_seen": "2026-11-29T15:09:12.606040+00:00", "first_seen": "2026-11-29T15:09:12.606040+00:00", "pay_source": null, "seen_count": 1, "external_id": "in-51e0f6a1b2c3d4e5", "source_site": "indeed", "pay_currency": null, "pay_interval": null, "direct_url_key": "careers.bank.example/Vacancy.aspx?id=1&urlHash=AZ9R"}', 'import-1045ced10a1d4ef3a8eda80757c5ac62'),
	(31, '2026-11-29 15:09:12.60604+00', 'scraper', 'JobSource', 11, 'create', NULL, '{"id": 11, "raw": {"id": "li-4191815024", "site": "linkedin", "title": "Cook", "company": "Acme", "job_url": "https://www.linkedin.com/jobs/view/4191815024", "job_url_direct": "https://acme.example/careers?urlHash=BX12"}, "url": "https://www.linkedin.com/jobs/view/4191815024", "job_id": 10, "pay_max": null, "pay_min": null, "url_key": "linkedin.com/jobs/view/4191815024", "last_seen": "2026-11-29T15:09:12.606040+00:00", "first_seen": "2026-11-29T15:09:12.606040+00:00", "pay_source": null, "seen_count": 1, "external_id": "li-4191815024", "source_site": "linkedin", "pay_currency": null, "pay_interval": null, "direct_url_key": "acme.example/careers?urlHash=BX12"}', 'import-1045ced10a1d4ef3a8eda80757c5ac62'),
	(32, '2026-11-29 15:09:12.60604+00', 'scraper', 'JobSource', 12, 'create', NULL, '{"id": 12, "raw": {"id": "gd-1009689595379", "site": "glassdoor", "title": "Waiter", "company": "Acme", "job_url": "https://www.glassdoor.com/job-listing/j?jl=1009689595379", "job_url_direct": "https://acme.example/careers?urlHash=BX12"}, "url": "https://www.glassdoor.com/job-listing/j?jl=1009689595379", "job_id": 10, "pay_max": null, "pay_min": null, "url_key": "glassdoor.com/job-listing/j?jl=1009689595379", "last_seen": "2026-11-29T15:09:12.606040+00:00", "first_seen": "2026-11-29T15:09:12.606040+00:00", "pay_source": null, "seen_count": 1, "external_id": "gd-1009689595379", "source_site": "glassdoor", "pay_currency": null, "pay_interval": null, "direct_url_key": "acme.example/careers?urlHash=BX12"}', 'import-1045ced10a1d4ef3a8eda80757c5ac62'),
	(33, '2026-11-29 15:09:12.642598+00', 'local', 'Company', 8, 'create', NULL, '{"id": 8, "name": "Mill", "size": null, "version": 1, "website": null, "industry": null, "location": null, "pain_points": null, "last_updated": null, "research_date": "2026-11-29T15:09:12.650598+00:00", "decision_makers": null, "confidence_score": 0, "technology_stack": null, "automation_opportunities": null}', 'import-8d76162b3b54403dad39fdc2f8aa2e31'),
	(34, '2026-11-29 15:09:12.642598+00', 'local', 'Job', 11, 'create', NULL, '{"id": 11, "title": "Baker", "status": "discovered", "company": "Mill", "job_url": null, "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.663002+00:00", "remote_option": null, "experience_level": null, "application_deadline": null}', 'import-8d76162b3b54403dad39fdc2f8aa2e31'),
	(35, '2026-11-29 15:09:12.642598+00', 'local', 'Job', 12, 'create', NULL, '{"id": 12, "title": "Miller", "status": "discovered", "company": "Mill", "job_url": null, "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.663002+00:00", "remote_option": null, "experience_level": null, "application_deadline": null}', 'import-8d76162b3b54403dad39fdc2f8aa2e31'),
	(101, '2026-11-29 15:09:13.485626+00', 'local', 'Reference', 1, 'update', '{"version": 2, "usage_count": 1}', '{"version": 3, "usage_count": 2}', '5b10637915c082ec'),
	(36, '2026-11-29 15:09:12.642598+00', 'local', 'JobSource', 13, 'create', NULL, '{"id": 13, "raw": {"title": "Baker", "company": "Mill", "job_url_direct": "https://mill.example/7?source=x"}, "url": null, "job_id": 11, "pay_max": null, "pay_min": null, "url_key": "#sha256=151459c9aaff4561feec70f975c3effb88aeb27ac095f3e9a4bc43999d999ffc", "last_seen": "2026-11-29T15:09:12.642598+00:00", "first_seen": "2026-11-29T15:09:12.642598+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": "mill.example/7"}', 'import-8d76162b3b54403dad39fdc2f8aa2e31'),
	(37, '2026-11-29 15:09:12.642598+00', 'local', 'JobSource', 14, 'create', NULL, '{"id": 14, "raw": {"title": "Miller", "company": "Mill"}, "url": null, "job_id": 12, "pay_max": null, "pay_min": null, "url_key": "#sha256=102f96e4dc55ee89155b7e098b8e4b67ce87847304253361cca647ab497bf83c", "last_seen": "2026-11-29T15:09:12.642598+00:00", "first_seen": "2026-11-29T15:09:12.642598+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', 'import-8d76162b3b54403dad39fdc2f8aa2e31'),
	(38, '2026-11-29 15:09:12.674171+00', 'local', 'Job', 13, 'create', NULL, '{"id": 13, "title": "Job at LinkedIn", "status": "discovered", "company": "Globex", "job_url": "https://de.linkedin.com/jobs/view/data-analyst-at-globex-4202020202", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.679022+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082d6'),
	(39, '2026-11-29 15:09:12.674171+00', 'local', 'StatusEvent', 2, 'create', NULL, '{"id": 2, "note": null, "job_id": 13, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.679022+00:00", "recorded_at": "2026-11-29T15:09:12.682922+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082d6'),
	(40, '2026-11-29 15:09:12.674171+00', 'local', 'JobSource', 15, 'create', NULL, '{"id": 15, "raw": {}, "url": "https://de.linkedin.com/jobs/view/data-analyst-at-globex-4202020202", "job_id": 13, "pay_max": null, "pay_min": null, "url_key": "de.linkedin.com/jobs/view/data-analyst-at-globex-4202020202", "last_seen": "2026-11-29T15:09:12.682914+00:00", "first_seen": "2026-11-29T15:09:12.682914+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082d6'),
	(41, '2026-11-29 15:09:12.720826+00', 'local', 'Job', 14, 'create', NULL, '{"id": 14, "title": "Job at LinkedIn", "status": "discovered", "company": "Globex", "job_url": "https://www.linkedin.com/jobs/search/?currentJobId=4202020202&refId=abc%3D%3D", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.722832+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082d7'),
	(42, '2026-11-29 15:09:12.720826+00', 'local', 'StatusEvent', 3, 'create', NULL, '{"id": 3, "note": null, "job_id": 14, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.722832+00:00", "recorded_at": "2026-11-29T15:09:12.729309+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082d7'),
	(43, '2026-11-29 15:09:12.720826+00', 'local', 'JobSource', 16, 'create', NULL, '{"id": 16, "raw": {}, "url": "https://www.linkedin.com/jobs/search/?currentJobId=4202020202&refId=abc%3D%3D", "job_id": 14, "pay_max": null, "pay_min": null, "url_key": "linkedin.com/jobs/search?currentJobId=4202020202&refId=abc%3D%3D", "last_seen": "2026-11-29T15:09:12.729301+00:00", "first_seen": "2026-11-29T15:09:12.729301+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082d7'),
	(44, '2026-11-29 15:09:12.742532+00', 'local', 'Job', 15, 'create', NULL, '{"id": 15, "title": "Job at Indeed", "status": "discovered", "company": "Globex", "job_url": "https://uk.indeed.com/viewjob?jk=aaaabbbbccccdddd", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.747014+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082d8'),
	(45, '2026-11-29 15:09:12.742532+00', 'local', 'StatusEvent', 4, 'create', NULL, '{"id": 4, "note": null, "job_id": 15, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.747014+00:00", "recorded_at": "2026-11-29T15:09:12.752049+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082d8'),
	(46, '2026-11-29 15:09:12.742532+00', 'local', 'JobSource', 17, 'create', NULL, '{"id": 17, "raw": {}, "url": "https://uk.indeed.com/viewjob?jk=aaaabbbbccccdddd", "job_id": 15, "pay_max": null, "pay_min": null, "url_key": "uk.indeed.com/viewjob?jk=aaaabbbbccccdddd", "last_seen": "2026-11-29T15:09:12.752040+00:00", "first_seen": "2026-11-29T15:09:12.752040+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082d8'),
	(47, '2026-11-29 15:09:12.764934+00', 'local', 'Job', 16, 'create', NULL, '{"id": 16, "title": "Job at Indeed", "status": "discovered", "company": "Globex", "job_url": "https://uk.indeed.com/rc/clk?jk=aaaabbbbccccdddd&bb=x&fccid=1", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.770748+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082d9'),
	(48, '2026-11-29 15:09:12.764934+00', 'local', 'StatusEvent', 5, 'create', NULL, '{"id": 5, "note": null, "job_id": 16, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.770748+00:00", "recorded_at": "2026-11-29T15:09:12.776810+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082d9'),
	(49, '2026-11-29 15:09:12.764934+00', 'local', 'JobSource', 18, 'create', NULL, '{"id": 18, "raw": {}, "url": "https://uk.indeed.com/rc/clk?jk=aaaabbbbccccdddd&bb=x&fccid=1", "job_id": 16, "pay_max": null, "pay_min": null, "url_key": "uk.indeed.com/rc/clk?bb=x&fccid=1&jk=aaaabbbbccccdddd", "last_seen": "2026-11-29T15:09:12.776801+00:00", "first_seen": "2026-11-29T15:09:12.776801+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082d9'),
	(102, '2026-11-29 15:09:13.485626+00', 'local', 'ReferenceUsage', 2, 'create', NULL, '{"id": 2, "context": "by phone", "used_on": "2026-11-29", "reference_id": 1, "application_id": null}', '5b10637915c082ec'),
	(50, '2026-11-29 15:09:12.783603+00', 'local', 'Job', 17, 'create', NULL, '{"id": 17, "title": "Job at Greenhouse", "status": "discovered", "company": "Globex", "job_url": "https://boards.greenhouse.io/globex/jobs/5460339004", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.793753+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082da'),
	(51, '2026-11-29 15:09:12.783603+00', 'local', 'StatusEvent', 6, 'create', NULL, '{"id": 6, "note": null, "job_id": 17, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.793753+00:00", "recorded_at": "2026-11-29T15:09:12.796276+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082da'),
	(52, '2026-11-29 15:09:12.783603+00', 'local', 'JobSource', 19, 'create', NULL, '{"id": 19, "raw": {}, "url": "https://boards.greenhouse.io/globex/jobs/5460339004", "job_id": 17, "pay_max": null, "pay_min": null, "url_key": "boards.greenhouse.io/globex/jobs/5460339004", "last_seen": "2026-11-29T15:09:12.796269+00:00", "first_seen": "2026-11-29T15:09:12.796269+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082da'),
	(53, '2026-11-29 15:09:12.812764+00', 'local', 'Job', 18, 'create', NULL, '{"id": 18, "title": "Job at Greenhouse", "status": "discovered", "company": "Globex", "job_url": "https://job-boards.greenhouse.io/globex/jobs/5460339004?gh_src=abc", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.813218+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082db'),
	(54, '2026-11-29 15:09:12.812764+00', 'local', 'StatusEvent', 7, 'create', NULL, '{"id": 7, "note": null, "job_id": 18, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.813218+00:00", "recorded_at": "2026-11-29T15:09:12.820409+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082db'),
	(55, '2026-11-29 15:09:12.812764+00', 'local', 'JobSource', 20, 'create', NULL, '{"id": 20, "raw": {}, "url": "https://job-boards.greenhouse.io/globex/jobs/5460339004?gh_src=abc", "job_id": 18, "pay_max": null, "pay_min": null, "url_key": "job-boards.greenhouse.io/globex/jobs/5460339004", "last_seen": "2026-11-29T15:09:12.820400+00:00", "first_seen": "2026-11-29T15:09:12.820400+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082db'),
	(56, '2026-11-29 15:09:12.834571+00', 'local', 'Job', 19, 'create', NULL, '{"id": 19, "title": "Job at Lever", "status": "discovered", "company": "Globex", "job_url": "https://jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.835100+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082dc'),
	(57, '2026-11-29 15:09:12.834571+00', 'local', 'StatusEvent', 8, 'create', NULL, '{"id": 8, "note": null, "job_id": 19, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.835100+00:00", "recorded_at": "2026-11-29T15:09:12.843193+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082dc'),
	(58, '2026-11-29 15:09:12.834571+00', 'local', 'JobSource', 21, 'create', NULL, '{"id": 21, "raw": {}, "url": "https://jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11", "job_id": 19, "pay_max": null, "pay_min": null, "url_key": "jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11", "last_seen": "2026-11-29T15:09:12.843184+00:00", "first_seen": "2026-11-29T15:09:12.843184+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082dc'),
	(59, '2026-11-29 15:09:12.850301+00', 'local', 'Job', 20, 'create', NULL, '{"id": 20, "title": "Job at Lever", "status": "discovered", "company": "Globex", "job_url": "https://jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11/apply", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.854642+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082dd'),
	(60, '2026-11-29 15:09:12.850301+00', 'local', 'StatusEvent', 9, 'create', NULL, '{"id": 9, "note": null, "job_id": 20, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.854642+00:00", "recorded_at": "2026-11-29T15:09:12.863159+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082dd'),
	(61, '2026-11-29 15:09:12.850301+00', 'local', 'JobSource', 22, 'create', NULL, '{"id": 22, "raw": {}, "url": "https://jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11/apply", "job_id": 20, "pay_max": null, "pay_min": null, "url_key": "jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11/apply", "last_seen": "2026-11-29T15:09:12.863150+00:00", "first_seen": "2026-11-29T15:09:12.863150+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082dd'),
	(62, '2026-11-29 15:09:12.873492+00', 'local', 'Job', 21, 'create', NULL, '{"id": 21, "title": "Job at Ashby", "status": "discovered", "company": "Globex", "job_url": "https://jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.882940+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082de'),
	(63, '2026-11-29 15:09:12.873492+00', 'local', 'StatusEvent', 10, 'create', NULL, '{"id": 10, "note": null, "job_id": 21, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.882940+00:00", "recorded_at": "2026-11-29T15:09:12.885995+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082de'),
	(64, '2026-11-29 15:09:12.873492+00', 'local', 'JobSource', 23, 'create', NULL, '{"id": 23, "raw": {}, "url": "https://jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d", "job_id": 21, "pay_max": null, "pay_min": null, "url_key": "jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d", "last_seen": "2026-11-29T15:09:12.885986+00:00", "first_seen": "2026-11-29T15:09:12.885986+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082de'),
	(65, '2026-11-29 15:09:12.897472+00', 'local', 'Job', 22, 'create', NULL, '{"id": 22, "title": "Job at Ashby", "status": "discovered", "company": "Globex", "job_url": "https://jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d/application", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.904784+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082df'),
	(66, '2026-11-29 15:09:12.897472+00', 'local', 'StatusEvent', 11, 'create', NULL, '{"id": 11, "note": null, "job_id": 22, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.904784+00:00", "recorded_at": "2026-11-29T15:09:12.914859+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082df'),
	(67, '2026-11-29 15:09:12.897472+00', 'local', 'JobSource', 24, 'create', NULL, '{"id": 24, "raw": {}, "url": "https://jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d/application", "job_id": 22, "pay_max": null, "pay_min": null, "url_key": "jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d/application", "last_seen": "2026-11-29T15:09:12.914850+00:00", "first_seen": "2026-11-29T15:09:12.914850+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082df'),
	(68, '2026-11-29 15:09:12.918729+00', 'local', 'Job', 23, 'create', NULL, '{"id": 23, "title": "Job at Workday", "status": "discovered", "company": "Globex", "job_url": "https://globex.wd5.myworkdayjobs.com/en-US/Careers/job/Bonn/Data-Analyst_R-1234", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.923304+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082e0'),
	(69, '2026-11-29 15:09:12.918729+00', 'local', 'StatusEvent', 12, 'create', NULL, '{"id": 12, "note": null, "job_id": 23, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.923304+00:00", "recorded_at": "2026-11-29T15:09:12.930266+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082e0'),
	(70, '2026-11-29 15:09:12.918729+00', 'local', 'JobSource', 25, 'create', NULL, '{"id": 25, "raw": {}, "url": "https://globex.wd5.myworkdayjobs.com/en-US/Careers/job/Bonn/Data-Analyst_R-1234", "job_id": 23, "pay_max": null, "pay_min": null, "url_key": "globex.wd5.myworkdayjobs.com/en-US/Careers/job/Bonn/Data-Analyst_R-1234", "last_seen": "2026-11-29T15:09:12.930256+00:00", "first_seen": "2026-11-29T15:09:12.930256+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082e0'),
	(71, '2026-11-29 15:09:12.941462+00', 'local', 'Job', 24, 'create', NULL, '{"id": 24, "title": "Job at Workday", "status": "discovered", "company": "Globex", "job_url": "https://globex.wd5.myworkdayjobs.com/Careers/job/Bonn/Data-Analyst_R-1234", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.947760+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082e1'),
	(72, '2026-11-29 15:09:12.941462+00', 'local', 'StatusEvent', 13, 'create', NULL, '{"id": 13, "note": null, "job_id": 24, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.947760+00:00", "recorded_at": "2026-11-29T15:09:12.951847+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082e1'),
	(73, '2026-11-29 15:09:12.941462+00', 'local', 'JobSource', 26, 'create', NULL, '{"id": 26, "raw": {}, "url": "https://globex.wd5.myworkdayjobs.com/Careers/job/Bonn/Data-Analyst_R-1234", "job_id": 24, "pay_max": null, "pay_min": null, "url_key": "globex.wd5.myworkdayjobs.com/Careers/job/Bonn/Data-Analyst_R-1234", "last_seen": "2026-11-29T15:09:12.951838+00:00", "first_seen": "2026-11-29T15:09:12.951838+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082e1'),
	(74, '2026-11-29 15:09:12.966648+00', 'local', 'Job', 25, 'create', NULL, '{"id": 25, "title": "Job at Example", "status": "discovered", "company": "Globex", "job_url": "https://xn--bcher-kva.example/%7Ejobs/%c3%a9", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.967129+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082e2'),
	(75, '2026-11-29 15:09:12.966648+00', 'local', 'StatusEvent', 14, 'create', NULL, '{"id": 14, "note": null, "job_id": 25, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.967129+00:00", "recorded_at": "2026-11-29T15:09:12.971008+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082e2'),
	(76, '2026-11-29 15:09:12.966648+00', 'local', 'JobSource', 27, 'create', NULL, '{"id": 27, "raw": {}, "url": "https://xn--bcher-kva.example/%7Ejobs/%c3%a9", "job_id": 25, "pay_max": null, "pay_min": null, "url_key": "xn--bcher-kva.example/%7Ejobs/%c3%a9", "last_seen": "2026-11-29T15:09:12.971000+00:00", "first_seen": "2026-11-29T15:09:12.971000+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082e2'),
	(77, '2026-11-29 15:09:12.986556+00', 'local', 'Job', 26, 'create', NULL, '{"id": 26, "title": "Job at Example", "status": "discovered", "company": "Globex", "job_url": "https://bücher.example/~jobs/%C3%A9", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:12.987132+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082e3'),
	(78, '2026-11-29 15:09:12.986556+00', 'local', 'StatusEvent', 15, 'create', NULL, '{"id": 15, "note": null, "job_id": 26, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:12.987132+00:00", "recorded_at": "2026-11-29T15:09:12.992736+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082e3'),
	(79, '2026-11-29 15:09:12.986556+00', 'local', 'JobSource', 28, 'create', NULL, '{"id": 28, "raw": {}, "url": "https://bücher.example/~jobs/%C3%A9", "job_id": 26, "pay_max": null, "pay_min": null, "url_key": "bücher.example/~jobs/%C3%A9", "last_seen": "2026-11-29T15:09:12.992726+00:00", "first_seen": "2026-11-29T15:09:12.992726+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082e3'),
	(80, '2026-11-29 15:09:13.000324+00', 'local', 'Job', 27, 'create', NULL, '{"id": 27, "title": "Editor", "status": "discovered", "company": "Paper", "job_url": "https://paper.example/jobs?from=home&id=3", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:13.000324+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', NULL),
	(81, '2026-11-29 15:09:13.029689+00', 'local', 'Job', 28, 'create', NULL, '{"id": 28, "title": "Reader", "status": "discovered", "company": "Uni", "job_url": "https://vacancies.example/show?ref=Reader", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:13.053252+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082e4'),
	(82, '2026-11-29 15:09:13.029689+00', 'local', 'StatusEvent', 16, 'create', NULL, '{"id": 16, "note": null, "job_id": 28, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:13.053252+00:00", "recorded_at": "2026-11-29T15:09:13.056243+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082e4'),
	(83, '2026-11-29 15:09:13.029689+00', 'local', 'JobSource', 29, 'create', NULL, '{"id": 29, "raw": {}, "url": "https://vacancies.example/show?ref=Reader", "job_id": 28, "pay_max": null, "pay_min": null, "url_key": "vacancies.example/show", "last_seen": "2026-11-29T15:09:13.056235+00:00", "first_seen": "2026-11-29T15:09:13.056235+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082e4'),
	(84, '2026-11-29 15:09:13.079403+00', 'local', 'Job', 28, 'update', '{"title": "Reader", "job_url": "https://vacancies.example/show?ref=Reader", "version": 1}', '{"title": "Professor", "job_url": "https://vacancies.example/show?ref=Professor", "version": 2}', '5b10637915c082e5'),
	(85, '2026-11-29 15:09:13.079403+00', 'local', 'JobSource', 29, 'delete', '{"id": 29, "raw": {}, "url": "https://vacancies.example/show?ref=Reader", "job_id": 28, "pay_max": null, "pay_min": null, "url_key": "vacancies.example/show", "last_seen": "2026-11-29T15:09:13.056235+00:00", "first_seen": "2026-11-29T15:09:13.056235+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', NULL, '5b10637915c082e5'),
	(86, '2026-11-29 15:09:13.079403+00', 'local', 'JobSource', 30, 'create', NULL, '{"id": 30, "raw": {}, "url": "https://vacancies.example/show?ref=Professor", "job_id": 28, "pay_max": null, "pay_min": null, "url_key": "vacancies.example/show", "last_seen": "2026-11-29T15:09:13.107571+00:00", "first_seen": "2026-11-29T15:09:13.107571+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082e5'),
	(87, '2026-11-29 15:09:13.148737+00', 'local', 'Job', 28, 'update', '{"version": 2, "keywords": null, "location": null}', '{"version": 3, "keywords": "[\"a\", \"b, c\"]", "location": "Köln"}', '5b10637915c082e6'),
	(88, '2026-11-29 15:09:13.18036+00', 'local', 'Application', 1, 'create', NULL, '{"id": 1, "notes": "first", "job_id": 28, "status": "submitted", "version": 1, "response_date": null, "interview_date": null, "resume_version": null, "integrity_score": 100, "application_date": "2026-09-01T08:00:00.000000+00:00", "credibility_rating": 1, "exaggeration_level": 0, "cover_letter_version": null}', '5b10637915c082e7'),
	(89, '2026-11-29 15:09:13.18036+00', 'local', 'ExperienceClaim', 1, 'create', NULL, '{"id": 1, "version": 1, "claim_type": "embellishment", "risk_level": "low", "justification": null, "application_id": 1, "claimed_experience": "4 years", "credibility_impact": 0, "original_experience": "2 years", "exaggeration_multiplier": 1}', '5b10637915c082e7'),
	(90, '2026-11-29 15:09:13.18036+00', 'local', 'ExperienceClaim', 2, 'create', NULL, '{"id": 2, "version": 1, "claim_type": "omission", "risk_level": "low", "justification": null, "application_id": 1, "claimed_experience": "none", "credibility_impact": 0, "original_experience": "a gap", "exaggeration_multiplier": 1}', '5b10637915c082e7'),
	(91, '2026-11-29 15:09:13.18036+00', 'local', 'StatusEvent', 17, 'create', NULL, '{"id": 17, "note": null, "job_id": null, "to_status": "submitted", "from_status": null, "occurred_at": "2026-09-01T08:00:00.000000+00:00", "recorded_at": "2026-11-29T15:09:13.199019+00:00", "application_id": 1, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082e7'),
	(92, '2026-11-29 15:09:13.18036+00', 'local', 'Job', 28, 'update', '{"status": "discovered", "version": 3}', '{"status": "applied", "version": 4}', '5b10637915c082e7'),
	(93, '2026-11-29 15:09:13.18036+00', 'local', 'StatusEvent', 18, 'create', NULL, '{"id": 18, "note": "An application was submitted.", "job_id": 28, "to_status": "applied", "from_status": "discovered", "occurred_at": "2026-09-01T08:00:00.000000+00:00", "recorded_at": "2026-11-29T15:09:13.223002+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082e7'),
	(94, '2026-11-29 15:09:13.299401+00', 'local', 'EmployerResponse', 1, 'create', NULL, '{"id": 1, "version": 1, "action_taken": null, "sender_email": null, "subject_line": "REJECTION ✓", "email_content": null, "response_date": "2026-09-20T10:00:00.000000+00:00", "response_type": "rejection", "application_id": 1, "requires_action": false, "sentiment_score": 0.25, "follow_up_scheduled": null}', '5b10637915c082e8'),
	(95, '2026-11-29 15:09:13.299401+00', 'local', 'Application', 1, 'update', '{"status": "submitted", "version": 1, "response_date": null}', '{"status": "rejected", "version": 2, "response_date": "2026-09-20T10:00:00.000000+00:00"}', '5b10637915c082e8'),
	(96, '2026-11-29 15:09:13.299401+00', 'local', 'StatusEvent', 19, 'create', NULL, '{"id": 19, "note": "The employer answered: rejection.", "job_id": null, "to_status": "rejected", "from_status": "submitted", "occurred_at": "2026-09-20T10:00:00.000000+00:00", "recorded_at": "2026-11-29T15:09:13.321248+00:00", "application_id": 1, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082e8');
INSERT INTO public.change_log VALUES
	(97, '2026-11-29 15:09:13.36149+00', 'local', 'EmployerResponse', 2, 'create', NULL, '{"id": 2, "version": 1, "action_taken": null, "sender_email": null, "subject_line": "INTERVIEW_REQUEST ✓", "email_content": null, "response_date": "2026-09-10T10:00:00.000000+00:00", "response_type": "interview_request", "application_id": 1, "requires_action": false, "sentiment_score": 0.25, "follow_up_scheduled": null}', '5b10637915c082e9'),
	(98, '2026-11-29 15:09:13.390342+00', 'local', 'Reference', 1, 'create', NULL, '{"id": 1, "name": "Ada", "email": "a@b.example", "notes": null, "phone": null, "title": null, "company": null, "version": 1, "usage_count": 0, "consent_date": null, "consent_given": true, "response_rate": 0, "last_contacted": null, "credibility_score": 5, "relationship_type": null, "years_worked_together": null}', '5b10637915c082ea'),
	(103, '2026-11-29 15:09:13.525286+00', 'local', 'Company', 9, 'create', NULL, '{"id": 9, "name": "Söhne & Co", "size": null, "version": 1, "website": null, "industry": null, "location": null, "pain_points": "[\"slow\", \"paper\"]", "last_updated": null, "research_date": "2026-11-29T15:09:13.525873+00:00", "decision_makers": null, "confidence_score": 0, "technology_stack": null, "automation_opportunities": null}', '5b10637915c082ed'),
	(104, '2026-11-29 15:09:13.547295+00', 'local', 'Opportunity', 1, 'create', NULL, '{"id": 1, "status": "identified", "version": 1, "company_id": 9, "estimated_value": null, "confidence_score": 0, "solution_approach": "script", "problem_description": "slow", "proof_of_concept_created": false, "implementation_complexity": null}', '5b10637915c082ee'),
	(105, '2026-11-29 15:09:13.547295+00', 'local', 'StatusEvent', 20, 'create', NULL, '{"id": 20, "note": null, "job_id": null, "to_status": "identified", "from_status": null, "occurred_at": "2026-11-29T15:09:13.559350+00:00", "recorded_at": "2026-11-29T15:09:13.559356+00:00", "application_id": null, "opportunity_id": 1, "outreach_campaign_id": null}', '5b10637915c082ee'),
	(106, '2026-11-29 15:09:13.60341+00', 'local', 'OutreachCampaign', 1, 'create', NULL, '{"id": 1, "notes": null, "version": 1, "sent_date": null, "company_id": 9, "response_date": null, "contact_method": "email", "contact_person": null, "opportunity_id": 1, "message_content": "Hello", "response_status": "sent", "follow_up_scheduled": null}', '5b10637915c082ef'),
	(107, '2026-11-29 15:09:13.60341+00', 'local', 'StatusEvent', 21, 'create', NULL, '{"id": 21, "note": null, "job_id": null, "to_status": "sent", "from_status": null, "occurred_at": "2026-11-29T15:09:13.621621+00:00", "recorded_at": "2026-11-29T15:09:13.621627+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": 1}', '5b10637915c082ef'),
	(108, '2026-11-29 15:09:13.659731+00', 'local', 'Job', 29, 'create', NULL, '{"id": 29, "title": "Gone", "status": "discovered", "company": "Void", "job_url": "https://void.example/1?ref=6", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:13.665336+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082f0'),
	(109, '2026-11-29 15:09:13.659731+00', 'local', 'StatusEvent', 22, 'create', NULL, '{"id": 22, "note": null, "job_id": 29, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:13.665336+00:00", "recorded_at": "2026-11-29T15:09:13.673732+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082f0'),
	(110, '2026-11-29 15:09:13.659731+00', 'local', 'JobSource', 31, 'create', NULL, '{"id": 31, "raw": {}, "url": "https://void.example/1?ref=6", "job_id": 29, "pay_max": null, "pay_min": null, "url_key": "void.example/1", "last_seen": "2026-11-29T15:09:13.673723+00:00", "first_seen": "2026-11-29T15:09:13.673723+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082f0'),
	(111, '2026-11-29 15:09:13.685578+00', 'local', 'Application', 2, 'create', NULL, '{"id": 2, "notes": null, "job_id": 29, "status": "submitted", "version": 1, "response_date": null, "interview_date": null, "resume_version": null, "integrity_score": 100, "application_date": "2026-11-29T15:09:13.687004+00:00", "credibility_rating": 1, "exaggeration_level": 0, "cover_letter_version": null}', '5b10637915c082f1'),
	(112, '2026-11-29 15:09:13.685578+00', 'local', 'StatusEvent', 23, 'create', NULL, '{"id": 23, "note": null, "job_id": null, "to_status": "submitted", "from_status": null, "occurred_at": "2026-11-29T15:09:13.687004+00:00", "recorded_at": "2026-11-29T15:09:13.693503+00:00", "application_id": 2, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082f1'),
	(113, '2026-11-29 15:09:13.685578+00', 'local', 'Job', 29, 'update', '{"status": "discovered", "version": 1}', '{"status": "applied", "version": 2}', '5b10637915c082f1'),
	(114, '2026-11-29 15:09:13.685578+00', 'local', 'StatusEvent', 24, 'create', NULL, '{"id": 24, "note": "An application was submitted.", "job_id": 29, "to_status": "applied", "from_status": "discovered", "occurred_at": "2026-11-29T15:09:13.687004+00:00", "recorded_at": "2026-11-29T15:09:13.715897+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082f1'),
	(115, '2026-11-29 15:09:13.754591+00', 'local', 'Job', 29, 'delete', '{"id": 29, "title": "Gone", "status": "applied", "company": "Void", "job_url": "https://void.example/1?ref=6", "version": 2, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:13.665336+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', NULL, '5b10637915c082f2'),
	(116, '2026-11-29 15:09:13.754591+00', 'local', 'Application', 2, 'delete', '{"id": 2, "notes": null, "job_id": 29, "status": "submitted", "version": 1, "response_date": null, "interview_date": null, "resume_version": null, "integrity_score": 100, "application_date": "2026-11-29T15:09:13.687004+00:00", "credibility_rating": 1, "exaggeration_level": 0, "cover_letter_version": null}', NULL, '5b10637915c082f2'),
	(117, '2026-11-29 15:09:13.754591+00', 'local', 'JobSource', 31, 'delete', '{"id": 31, "raw": {}, "url": "https://void.example/1?ref=6", "job_id": 29, "pay_max": null, "pay_min": null, "url_key": "void.example/1", "last_seen": "2026-11-29T15:09:13.673723+00:00", "first_seen": "2026-11-29T15:09:13.673723+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', NULL, '5b10637915c082f2'),
	(118, '2026-11-29 15:09:13.754591+00', 'local', 'StatusEvent', 22, 'delete', '{"id": 22, "note": null, "job_id": 29, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:13.665336+00:00", "recorded_at": "2026-11-29T15:09:13.673732+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', NULL, '5b10637915c082f2'),
	(119, '2026-11-29 15:09:13.754591+00', 'local', 'StatusEvent', 24, 'delete', '{"id": 24, "note": "An application was submitted.", "job_id": 29, "to_status": "applied", "from_status": "discovered", "occurred_at": "2026-11-29T15:09:13.687004+00:00", "recorded_at": "2026-11-29T15:09:13.715897+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', NULL, '5b10637915c082f2'),
	(120, '2026-11-29 15:09:13.754591+00', 'local', 'StatusEvent', 23, 'delete', '{"id": 23, "note": null, "job_id": null, "to_status": "submitted", "from_status": null, "occurred_at": "2026-11-29T15:09:13.687004+00:00", "recorded_at": "2026-11-29T15:09:13.693503+00:00", "application_id": 2, "opportunity_id": null, "outreach_campaign_id": null}', NULL, '5b10637915c082f2'),
	(121, '2026-11-29 15:09:13.789044+00', 'local', 'Job', 30, 'create', NULL, '{"id": 30, "title": "Back", "status": "discovered", "company": "Void", "job_url": "https://void.example/2?ref=7", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:13.791116+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082f3'),
	(122, '2026-11-29 15:09:13.789044+00', 'local', 'StatusEvent', 25, 'create', NULL, '{"id": 25, "note": null, "job_id": 30, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:13.791116+00:00", "recorded_at": "2026-11-29T15:09:13.802945+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082f3'),
	(123, '2026-11-29 15:09:13.789044+00', 'local', 'JobSource', 32, 'create', NULL, '{"id": 32, "raw": {}, "url": "https://void.example/2?ref=7", "job_id": 30, "pay_max": null, "pay_min": null, "url_key": "void.example/2", "last_seen": "2026-11-29T15:09:13.802935+00:00", "first_seen": "2026-11-29T15:09:13.802935+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082f3'),
	(124, '2026-11-29 15:09:13.808858+00', 'local', 'Job', 30, 'delete', '{"id": 30, "title": "Back", "status": "discovered", "company": "Void", "job_url": "https://void.example/2?ref=7", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:13.791116+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', NULL, '5b10637915c082f4'),
	(125, '2026-11-29 15:09:13.808858+00', 'local', 'JobSource', 32, 'delete', '{"id": 32, "raw": {}, "url": "https://void.example/2?ref=7", "job_id": 30, "pay_max": null, "pay_min": null, "url_key": "void.example/2", "last_seen": "2026-11-29T15:09:13.802935+00:00", "first_seen": "2026-11-29T15:09:13.802935+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', NULL, '5b10637915c082f4'),
	(126, '2026-11-29 15:09:13.808858+00', 'local', 'StatusEvent', 25, 'delete', '{"id": 25, "note": null, "job_id": 30, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:13.791116+00:00", "recorded_at": "2026-11-29T15:09:13.802945+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', NULL, '5b10637915c082f4'),
	(127, '2026-11-29 15:09:13.837525+00', 'local', 'Job', 30, 'create', NULL, '{"id": 30, "title": "Back", "status": "discovered", "company": "Void", "job_url": "https://void.example/2?ref=7", "version": 1, "benefits": null, "industry": null, "job_type": null, "keywords": null, "location": null, "salary_max": null, "salary_min": null, "description": null, "source_site": null, "posting_date": null, "requirements": null, "scraped_date": "2026-11-29T15:09:13.791116+00:00", "remote_option": false, "experience_level": null, "application_deadline": null}', '5b10637915c082f5'),
	(128, '2026-11-29 15:09:13.837525+00', 'local', 'JobSource', 32, 'create', NULL, '{"id": 32, "raw": {}, "url": "https://void.example/2?ref=7", "job_id": 30, "pay_max": null, "pay_min": null, "url_key": "void.example/2", "last_seen": "2026-11-29T15:09:13.802935+00:00", "first_seen": "2026-11-29T15:09:13.802935+00:00", "pay_source": null, "seen_count": 1, "external_id": null, "source_site": null, "pay_currency": null, "pay_interval": null, "direct_url_key": null}', '5b10637915c082f5'),
	(129, '2026-11-29 15:09:13.837525+00', 'local', 'StatusEvent', 25, 'create', NULL, '{"id": 25, "note": null, "job_id": 30, "to_status": "discovered", "from_status": null, "occurred_at": "2026-11-29T15:09:13.791116+00:00", "recorded_at": "2026-11-29T15:09:13.802945+00:00", "application_id": null, "opportunity_id": null, "outreach_campaign_id": null}', '5b10637915c082f5');


--
-- Data for Name: companies; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.companies VALUES
	(1, 'Example Robotics GmbH', 'Robotics', 'medium', 'Hauptstr. 1, Berlin', 'https://robotics.example', NULL, NULL, NULL, NULL, '2026-11-29 15:09:12.452444+00', NULL, 0, 1),
	(2, 'Sample Analytics', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-29 15:09:12.452444+00', NULL, 0, 1),
	(3, 'ＥＸＡＭＰＬＥ　Foods', NULL, 'large', NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-29 15:09:12.452444+00', NULL, 0, 1),
	(4, 'Uni', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-29 15:09:12.578943+00', NULL, 0, 1),
	(5, 'Moka', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-29 15:09:12.578943+00', NULL, 0, 1),
	(6, 'Bank', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-29 15:09:12.622855+00', NULL, 0, 1),
	(7, 'Acme', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-29 15:09:12.622855+00', NULL, 0, 1),
	(8, 'Mill', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-29 15:09:12.650598+00', NULL, 0, 1),
	(9, 'Söhne & Co', NULL, NULL, NULL, NULL, NULL, NULL, '["slow", "paper"]', NULL, '2026-11-29 15:09:13.525873+00', NULL, 0, 1);


--
-- Data for Name: employer_responses; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.employer_responses VALUES
	(1, 1, '2026-09-20 10:00:00+00', 'rejection', 'REJECTION ✓', NULL, NULL, 0.25, false, NULL, NULL, 1),
	(2, 1, '2026-09-10 10:00:00+00', 'interview_request', 'INTERVIEW_REQUEST ✓', NULL, NULL, 0.25, false, NULL, NULL, 1);


--
-- Data for Name: experience_claims; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.experience_claims VALUES
	(1, 1, 'embellishment', '2 years', '4 years', 1, 0, 'low', NULL, 1),
	(2, 1, 'omission', 'a gap', 'none', 1, 0, 'low', NULL, 1);


--
-- Data for Name: idempotency_keys; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.idempotency_keys VALUES
	('local', '24226dfd826ae724019ca9aa20ce5a84f4e5e84cd57a04500dcfd4f3a1aab9d8', '8aa018856e00f180db99d74cae770b7855546a0bf2b9c38052c330677f466e5e', '[[{"row_id": 28, "outcome": "created"}, []]]', '2026-11-29 15:09:13.029689+00'),
	('local', 'aaf06143d9eaca01d20c164943b1e0fc92a5d95ac1aec8440123a81db3ebdb9e', '20635e7e7d3a8089b796fc33a6943297a2fb1893dc6ebf0a45684894de8fb0e3', '[[{"row_id": 28, "outcome": "updated"}, []]]', '2026-11-29 15:09:13.079403+00'),
	('local', '27c3dee90504dfd34fde46ae85f53978f25c59dc4411b3f53fd587d62f8d317a', '2b8471c31a00671f7432bcfcb95560accf7e096cc24155d7cb7caf86eae8ad3e', '[[{"application_id": 1, "job_id": 28}, []]]', '2026-11-29 15:09:13.18036+00');


--
-- Data for Name: job_sources; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.job_sources VALUES
	(1, 2, 'indeed', 'ex-101', 'https://jobs.example.com/view?jk=101&from=serp', 'jobs.example.com/view?jk=101', 'robotics.example/careers/7?gh_jid=7', '2026-11-29 15:09:12.391807+00', '2026-11-29 15:09:12.391807+00', 1, 'yearly', 72000, 96500.5, 'EUR', 'direct_data', '{"id": "ex-101", "site": "indeed", "job_url": "https://jobs.example.com/view?jk=101&from=serp", "job_url_direct": "https://robotics.example/careers/7?utm_source=indeed&gh_jid=7", "title": "Senior C++ Engineer", "company": "Example Robotics GmbH", "location": "Berlin, Germany", "date_posted": "2026-09-01", "job_type": "fulltime, contract", "salary_source": "direct_data", "interval": "yearly", "min_amount": 72000.0, "max_amount": 96500.5, "currency": "EUR", "is_remote": false, "emails": "jobs@robotics.example, hr@robotics.example", "description": "**Your work**\n\n* modern C\\+\\+ and \"ROS\", daily\n* paths such as C:\\robots\\arm\n\n5\\+ years", "company_industry": "Robotics", "company_url": "https://jobs.example.com/cmp/robotics", "company_url_direct": "https://robotics.example", "company_addresses": "Hauptstr. 1, Berlin", "company_num_employees": "51 to 200", "company_revenue": "$5M to $25M"}'),
	(2, 3, 'linkedin', 'ex-102', 'https://www.example.org/jobs/view/102/', 'example.org/jobs/view/102', NULL, '2026-11-29 15:09:12.391807+00', '2026-11-29 15:09:12.391807+00', 1, NULL, NULL, NULL, NULL, NULL, '{"id": "ex-102", "site": "linkedin", "job_url": "https://www.example.org/jobs/view/102/", "title": "Data Analyst", "company": "Sample Analytics", "location": "Remote, worldwide", "is_remote": true, "job_level": "mid-senior level", "job_function": "Information Technology"}'),
	(3, 4, 'naukri', 'ex-103', 'https://example.net/job-listings-103', 'example.net/job-listings-103', NULL, '2026-11-29 15:09:12.391807+00', '2026-11-29 15:09:12.391807+00', 1, NULL, NULL, NULL, NULL, NULL, '{"id": "ex-103", "site": "naukri", "job_url": "https://example.net/job-listings-103", "title": "ML Engineer", "company": "\uff25\uff38\uff21\uff2d\uff30\uff2c\uff25\u3000Foods", "location": "Pune,\u00a0India", "company_num_employees": "10,000+", "skills": "Python, SQL, python, C#", "experience_range": "3-6 Yrs", "company_rating": 4.1, "company_reviews_count": 250.0, "vacancy_count": 3.0, "work_from_home_type": "Hybrid"}'),
	(4, 5, 'zip_recruiter', 'ex-104', 'https://example.com/jobs//j?lvk=104', 'example.com/jobs//j?lvk=104', NULL, '2026-11-29 15:09:12.391807+00', '2026-11-29 15:09:12.391807+00', 1, 'hourly', 30.5, 42, 'CAD', 'direct_data', '{"id": "ex-104", "site": "zip_recruiter", "job_url": "https://example.com/jobs//j?lvk=104", "title": "Nurse", "location": "Toronto, ON, Canada", "date_posted": "2026-08-30", "job_type": "parttime", "salary_source": "direct_data", "interval": "hourly", "min_amount": 30.5, "max_amount": 42.0, "currency": "CAD", "is_remote": false}'),
	(5, 6, 'uni', 'u-1', 'https://jobs.uni.example/Vacancy.aspx?ref=X1', 'jobs.uni.example/Vacancy.aspx', NULL, '2026-11-29 15:09:12.564457+00', '2026-11-29 15:09:12.564457+00', 1, NULL, NULL, NULL, NULL, NULL, '{"site": "uni", "id": "u-1", "job_url": "https://jobs.uni.example/Vacancy.aspx?ref=X1", "title": "Lecturer", "company": "Uni", "location": "Bonn"}'),
	(6, 6, 'uni', 'u-2', 'https://jobs.uni.example/Vacancy.aspx?ref=X2', 'jobs.uni.example/Vacancy.aspx', NULL, '2026-11-29 15:09:12.564457+00', '2026-11-29 15:09:12.564457+00', 1, NULL, NULL, NULL, NULL, NULL, '{"site": "uni", "id": "u-2", "job_url": "https://jobs.uni.example/Vacancy.aspx?ref=X2", "title": "Lecturer", "company": "Uni", "location": "Bonn"}'),
	(7, 7, 'uni', 'u-3', 'https://jobs.uni.example/Vacancy.aspx?ref=X3', 'jobs.uni.example/Vacancy.aspx', NULL, '2026-11-29 15:09:12.564457+00', '2026-11-29 15:09:12.564457+00', 1, NULL, NULL, NULL, NULL, NULL, '{"site": "uni", "id": "u-3", "job_url": "https://jobs.uni.example/Vacancy.aspx?ref=X3", "title": "Dean", "company": "Uni", "location": "Bonn"}'),
	(8, 8, 'moka', NULL, 'https://app.example/46903#/job/aaa', 'app.example/46903', NULL, '2026-11-29 15:09:12.564457+00', '2026-11-29 15:09:12.564457+00', 1, NULL, NULL, NULL, NULL, NULL, '{"site": "moka", "job_url": "https://app.example/46903#/job/aaa", "title": "Engineer", "company": "Moka"}'),
	(9, 9, 'linkedin', 'li-4191815023', 'https://www.linkedin.com/jobs/view/4191815023', 'linkedin.com/jobs/view/4191815023', 'careers.bank.example/Vacancy.aspx?id=1&urlHash=AZ9R', '2026-11-29 15:09:12.60604+00', '2026-11-29 15:09:12.60604+00', 1, NULL, NULL, NULL, NULL, NULL, '{"site": "linkedin", "id": "li-4191815023", "job_url": "https://www.linkedin.com/jobs/view/4191815023", "job_url_direct": "https://careers.bank.example/Vacancy.aspx?id=1&ref=A&urlHash=AZ9R", "title": "Teller", "company": "Bank"}'),
	(10, 9, 'indeed', 'in-51e0f6a1b2c3d4e5', 'https://www.indeed.com/viewjob?jk=51e0f6a1b2c3d4e5&from=serp&vjk=51e0f6a1b2c3d4e5', 'indeed.com/viewjob?jk=51e0f6a1b2c3d4e5', 'careers.bank.example/Vacancy.aspx?id=1&urlHash=AZ9R', '2026-11-29 15:09:12.60604+00', '2026-11-29 15:09:12.60604+00', 1, NULL, NULL, NULL, NULL, NULL, '{"site": "indeed", "id": "in-51e0f6a1b2c3d4e5", "job_url": "https://www.indeed.com/viewjob?jk=51e0f6a1b2c3d4e5&from=serp&vjk=51e0f6a1b2c3d4e5", "job_url_direct": "https://careers.bank.example/Vacancy.aspx?id=1&ref=B&urlHash=AZ9R", "title": "Teller", "company": "Bank"}'),
	(11, 10, 'linkedin', 'li-4191815024', 'https://www.linkedin.com/jobs/view/4191815024', 'linkedin.com/jobs/view/4191815024', 'acme.example/careers?urlHash=BX12', '2026-11-29 15:09:12.60604+00', '2026-11-29 15:09:12.60604+00', 1, NULL, NULL, NULL, NULL, NULL, '{"site": "linkedin", "id": "li-4191815024", "job_url": "https://www.linkedin.com/jobs/view/4191815024", "job_url_direct": "https://acme.example/careers?urlHash=BX12", "title": "Cook", "company": "Acme"}'),
	(12, 10, 'glassdoor', 'gd-1009689595379', 'https://www.glassdoor.com/job-listing/j?jl=1009689595379', 'glassdoor.com/job-listing/j?jl=1009689595379', 'acme.example/careers?urlHash=BX12', '2026-11-29 15:09:12.60604+00', '2026-11-29 15:09:12.60604+00', 1, NULL, NULL, NULL, NULL, NULL, '{"site": "glassdoor", "id": "gd-1009689595379", "job_url": "https://www.glassdoor.com/job-listing/j?jl=1009689595379", "job_url_direct": "https://acme.example/careers?urlHash=BX12", "title": "Waiter", "company": "Acme"}'),
	(13, 11, NULL, NULL, NULL, '#sha256=151459c9aaff4561feec70f975c3effb88aeb27ac095f3e9a4bc43999d999ffc', 'mill.example/7', '2026-11-29 15:09:12.642598+00', '2026-11-29 15:09:12.642598+00', 1, NULL, NULL, NULL, NULL, NULL, '{"title": "Baker", "company": "Mill", "job_url_direct": "https://mill.example/7?source=x"}'),
	(14, 12, NULL, NULL, NULL, '#sha256=102f96e4dc55ee89155b7e098b8e4b67ce87847304253361cca647ab497bf83c', NULL, '2026-11-29 15:09:12.642598+00', '2026-11-29 15:09:12.642598+00', 1, NULL, NULL, NULL, NULL, NULL, '{"title": "Miller", "company": "Mill"}'),
	(15, 13, NULL, NULL, 'https://de.linkedin.com/jobs/view/data-analyst-at-globex-4202020202', 'de.linkedin.com/jobs/view/data-analyst-at-globex-4202020202', NULL, '2026-11-29 15:09:12.682914+00', '2026-11-29 15:09:12.682914+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(16, 14, NULL, NULL, 'https://www.linkedin.com/jobs/search/?currentJobId=4202020202&refId=abc%3D%3D', 'linkedin.com/jobs/search?currentJobId=4202020202&refId=abc%3D%3D', NULL, '2026-11-29 15:09:12.729301+00', '2026-11-29 15:09:12.729301+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(17, 15, NULL, NULL, 'https://uk.indeed.com/viewjob?jk=aaaabbbbccccdddd', 'uk.indeed.com/viewjob?jk=aaaabbbbccccdddd', NULL, '2026-11-29 15:09:12.75204+00', '2026-11-29 15:09:12.75204+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(18, 16, NULL, NULL, 'https://uk.indeed.com/rc/clk?jk=aaaabbbbccccdddd&bb=x&fccid=1', 'uk.indeed.com/rc/clk?bb=x&fccid=1&jk=aaaabbbbccccdddd', NULL, '2026-11-29 15:09:12.776801+00', '2026-11-29 15:09:12.776801+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(19, 17, NULL, NULL, 'https://boards.greenhouse.io/globex/jobs/5460339004', 'boards.greenhouse.io/globex/jobs/5460339004', NULL, '2026-11-29 15:09:12.796269+00', '2026-11-29 15:09:12.796269+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(20, 18, NULL, NULL, 'https://job-boards.greenhouse.io/globex/jobs/5460339004?gh_src=abc', 'job-boards.greenhouse.io/globex/jobs/5460339004', NULL, '2026-11-29 15:09:12.8204+00', '2026-11-29 15:09:12.8204+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(21, 19, NULL, NULL, 'https://jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11', 'jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11', NULL, '2026-11-29 15:09:12.843184+00', '2026-11-29 15:09:12.843184+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(22, 20, NULL, NULL, 'https://jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11/apply', 'jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11/apply', NULL, '2026-11-29 15:09:12.86315+00', '2026-11-29 15:09:12.86315+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(23, 21, NULL, NULL, 'https://jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d', 'jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d', NULL, '2026-11-29 15:09:12.885986+00', '2026-11-29 15:09:12.885986+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(24, 22, NULL, NULL, 'https://jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d/application', 'jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d/application', NULL, '2026-11-29 15:09:12.91485+00', '2026-11-29 15:09:12.91485+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(25, 23, NULL, NULL, 'https://globex.wd5.myworkdayjobs.com/en-US/Careers/job/Bonn/Data-Analyst_R-1234', 'globex.wd5.myworkdayjobs.com/en-US/Careers/job/Bonn/Data-Analyst_R-1234', NULL, '2026-11-29 15:09:12.930256+00', '2026-11-29 15:09:12.930256+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(26, 24, NULL, NULL, 'https://globex.wd5.myworkdayjobs.com/Careers/job/Bonn/Data-Analyst_R-1234', 'globex.wd5.myworkdayjobs.com/Careers/job/Bonn/Data-Analyst_R-1234', NULL, '2026-11-29 15:09:12.951838+00', '2026-11-29 15:09:12.951838+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(27, 25, NULL, NULL, 'https://xn--bcher-kva.example/%7Ejobs/%c3%a9', 'xn--bcher-kva.example/%7Ejobs/%c3%a9', NULL, '2026-11-29 15:09:12.971+00', '2026-11-29 15:09:12.971+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(28, 26, NULL, NULL, 'https://bücher.example/~jobs/%C3%A9', 'bücher.example/~jobs/%C3%A9', NULL, '2026-11-29 15:09:12.992726+00', '2026-11-29 15:09:12.992726+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(30, 28, NULL, NULL, 'https://vacancies.example/show?ref=Professor', 'vacancies.example/show', NULL, '2026-11-29 15:09:13.107571+00', '2026-11-29 15:09:13.107571+00', 1, NULL, NULL, NULL, NULL, NULL, '{}'),
	(32, 30, NULL, NULL, 'https://void.example/2?ref=7', 'void.example/2', NULL, '2026-11-29 15:09:13.802935+00', '2026-11-29 15:09:13.802935+00', 1, NULL, NULL, NULL, NULL, NULL, '{}');


--
-- Data for Name: jobs; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.jobs VALUES
	(2, 'Senior C++ Engineer', 'Example Robotics GmbH', 'Berlin, Germany', 72000, 96500, '**Your work**

* modern C\+\+ and "ROS", daily
* paths such as C:\robots\arm

5\+ years', NULL, NULL, 'https://jobs.example.com/view?jk=101&from=serp', 'indeed', '2026-11-29 15:09:12.47832+00', '2026-09-01', NULL, false, 'fulltime, contract', NULL, 'Robotics', NULL, 'discovered', 1),
	(3, 'Data Analyst', 'Sample Analytics', 'Remote, worldwide', NULL, NULL, NULL, NULL, NULL, 'https://www.example.org/jobs/view/102/', 'linkedin', '2026-11-29 15:09:12.47832+00', NULL, NULL, true, NULL, 'mid-senior level', NULL, NULL, 'discovered', 1),
	(4, 'ML Engineer', 'ＥＸＡＭＰＬＥ　Foods', 'Pune, India', NULL, NULL, NULL, NULL, NULL, 'https://example.net/job-listings-103', 'naukri', '2026-11-29 15:09:12.47832+00', NULL, NULL, NULL, NULL, '3-6 Yrs', NULL, '["Python", "SQL", "C#"]', 'discovered', 1),
	(5, 'Nurse', '(unknown)', 'Toronto, ON, Canada', 63440, 87360, NULL, NULL, NULL, 'https://example.com/jobs//j?lvk=104', 'zip_recruiter', '2026-11-29 15:09:12.47832+00', '2026-08-30', NULL, false, 'parttime', NULL, NULL, NULL, 'discovered', 1),
	(6, 'Lecturer', 'Uni', 'Bonn', NULL, NULL, NULL, NULL, NULL, 'https://jobs.uni.example/Vacancy.aspx?ref=X1', 'uni', '2026-11-29 15:09:12.591276+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'discovered', 1),
	(7, 'Dean', 'Uni', 'Bonn', NULL, NULL, NULL, NULL, NULL, NULL, 'uni', '2026-11-29 15:09:12.591276+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'discovered', 1),
	(8, 'Engineer', 'Moka', NULL, NULL, NULL, NULL, NULL, NULL, 'https://app.example/46903#/job/aaa', 'moka', '2026-11-29 15:09:12.591276+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'discovered', 1),
	(9, 'Teller', 'Bank', NULL, NULL, NULL, NULL, NULL, NULL, 'https://www.linkedin.com/jobs/view/4191815023', 'linkedin', '2026-11-29 15:09:12.625529+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'discovered', 1),
	(10, 'Cook', 'Acme', NULL, NULL, NULL, NULL, NULL, NULL, 'https://www.linkedin.com/jobs/view/4191815024', 'linkedin', '2026-11-29 15:09:12.625529+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'discovered', 1),
	(11, 'Baker', 'Mill', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-29 15:09:12.663002+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'discovered', 1),
	(12, 'Miller', 'Mill', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-29 15:09:12.663002+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'discovered', 1),
	(13, 'Job at LinkedIn', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://de.linkedin.com/jobs/view/data-analyst-at-globex-4202020202', NULL, '2026-11-29 15:09:12.679022+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(14, 'Job at LinkedIn', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://www.linkedin.com/jobs/search/?currentJobId=4202020202&refId=abc%3D%3D', NULL, '2026-11-29 15:09:12.722832+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(15, 'Job at Indeed', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://uk.indeed.com/viewjob?jk=aaaabbbbccccdddd', NULL, '2026-11-29 15:09:12.747014+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(16, 'Job at Indeed', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://uk.indeed.com/rc/clk?jk=aaaabbbbccccdddd&bb=x&fccid=1', NULL, '2026-11-29 15:09:12.770748+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(17, 'Job at Greenhouse', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://boards.greenhouse.io/globex/jobs/5460339004', NULL, '2026-11-29 15:09:12.793753+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(18, 'Job at Greenhouse', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://job-boards.greenhouse.io/globex/jobs/5460339004?gh_src=abc', NULL, '2026-11-29 15:09:12.813218+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(19, 'Job at Lever', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11', NULL, '2026-11-29 15:09:12.8351+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(20, 'Job at Lever', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11/apply', NULL, '2026-11-29 15:09:12.854642+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(21, 'Job at Ashby', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d', NULL, '2026-11-29 15:09:12.88294+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(22, 'Job at Ashby', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d/application', NULL, '2026-11-29 15:09:12.904784+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(23, 'Job at Workday', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://globex.wd5.myworkdayjobs.com/en-US/Careers/job/Bonn/Data-Analyst_R-1234', NULL, '2026-11-29 15:09:12.923304+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(24, 'Job at Workday', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://globex.wd5.myworkdayjobs.com/Careers/job/Bonn/Data-Analyst_R-1234', NULL, '2026-11-29 15:09:12.94776+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(25, 'Job at Example', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://xn--bcher-kva.example/%7Ejobs/%c3%a9', NULL, '2026-11-29 15:09:12.967129+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(26, 'Job at Example', 'Globex', NULL, NULL, NULL, NULL, NULL, NULL, 'https://bücher.example/~jobs/%C3%A9', NULL, '2026-11-29 15:09:12.987132+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(27, 'Editor', 'Paper', NULL, NULL, NULL, NULL, NULL, NULL, 'https://paper.example/jobs?from=home&id=3', NULL, '2026-11-29 15:09:13.000324+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1),
	(28, 'Professor', 'Uni', 'Köln', NULL, NULL, NULL, NULL, NULL, 'https://vacancies.example/show?ref=Professor', NULL, '2026-11-29 15:09:13.053252+00', NULL, NULL, false, NULL, NULL, NULL, '["a", "b, c"]', 'applied', 4),
	(30, 'Back', 'Void', NULL, NULL, NULL, NULL, NULL, NULL, 'https://void.example/2?ref=7', NULL, '2026-11-29 15:09:13.791116+00', NULL, NULL, false, NULL, NULL, NULL, NULL, 'discovered', 1);


--
-- Data for Name: opportunities; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.opportunities VALUES
	(1, 9, 'slow', 'script', NULL, NULL, 0, false, 'identified', 1);


--
-- Data for Name: outreach_campaigns; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.outreach_campaigns VALUES
	(1, 9, 1, 'email', NULL, 'Hello', NULL, 'sent', NULL, NULL, NULL, 1);


--
-- Data for Name: reference_usages; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.reference_usages VALUES
	(1, 1, 1, '2026-11-29', NULL),
	(2, 1, NULL, '2026-11-29', 'by phone');


--
-- Data for Name: references; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public."references" VALUES
	(1, 'Ada', NULL, NULL, 'a@b.example', NULL, NULL, NULL, true, NULL, '2026-11-29', 2, 5, 0, NULL, 3);


--
-- Data for Name: search_index; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.search_index VALUES
	(5, 1, '''1'':9B ''berlin'':10B ''example'':2A ''gmbh'':4A ''hauptstr'':8B ''robotics'':3A,6B ''ǀ'':1A,5B,7B,11,12,13,14'),
	(5, 2, '''analytics'':3A ''sample'':2A ''ǀ'':1A,4B,5B,6,7,8,9'),
	(5, 3, '''foods'':3A ''ǀ'':1A,4B,5B,6,7,8,9 ''ｅｘａｍｐｌｅ'':2A'),
	(1, 2, '''5'':27 ''and'':18 ''arm'':26 ''as'':23 ''berlin'':10B ''c'':17,24 ''cǁ'':3A ''daily'':20 ''engineer'':4A ''example'':6B ''germany'':11B ''gmbh'':8B ''modern'':16 ''paths'':21 ''robotics'':7B ''robots'':25 ''ros'':19 ''senior'':2A ''such'':22 ''work'':15 ''years'':28 ''your'':14 ''ǀ'':1A,5B,9B,12B,13,29,30'),
	(1, 3, '''analyst'':3A ''analytics'':6B ''data'':2A ''remote'':8B ''sample'':5B ''worldwide'':9B ''ǀ'':1A,4B,7B,10B,11,12,13'),
	(1, 4, '''cǂ'':15B ''engineer'':3A ''foods'':6B ''india'':9B ''ml'':2A ''pune'':8B ''python'':11B ''sql'':13B ''ǀ'':1A,4B,7B,10B,12B,14B,16,17,18 ''ｅｘａｍｐｌｅ'':5B'),
	(1, 5, '''canada'':8B ''nurse'':2A ''on'':7B ''toronto'':6B ''unknown'':4B ''ǀ'':1A,3B,5B,9B,10,11,12'),
	(5, 4, '''uni'':2A ''ǀ'':1A,3B,4B,5,6,7,8'),
	(5, 5, '''moka'':2A ''ǀ'':1A,3B,4B,5,6,7,8'),
	(1, 6, '''bonn'':6B ''lecturer'':2A ''uni'':4B ''ǀ'':1A,3B,5B,7B,8,9,10'),
	(1, 7, '''bonn'':6B ''dean'':2A ''uni'':4B ''ǀ'':1A,3B,5B,7B,8,9,10'),
	(1, 8, '''engineer'':2A ''moka'':4B ''ǀ'':1A,3B,5B,6B,7,8,9'),
	(5, 6, '''bank'':2A ''ǀ'':1A,3B,4B,5,6,7,8'),
	(5, 7, '''acme'':2A ''ǀ'':1A,3B,4B,5,6,7,8'),
	(1, 9, '''bank'':4B ''teller'':2A ''ǀ'':1A,3B,5B,6B,7,8,9'),
	(1, 10, '''acme'':4B ''cook'':2A ''ǀ'':1A,3B,5B,6B,7,8,9'),
	(5, 8, '''mill'':2A ''ǀ'':1A,3B,4B,5,6,7,8'),
	(1, 11, '''baker'':2A ''mill'':4B ''ǀ'':1A,3B,5B,6B,7,8,9'),
	(1, 12, '''mill'':4B ''miller'':2A ''ǀ'':1A,3B,5B,6B,7,8,9'),
	(1, 13, '''at'':3A ''globex'':6B ''job'':2A ''linkedin'':4A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 14, '''at'':3A ''globex'':6B ''job'':2A ''linkedin'':4A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 15, '''at'':3A ''globex'':6B ''indeed'':4A ''job'':2A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 16, '''at'':3A ''globex'':6B ''indeed'':4A ''job'':2A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 17, '''at'':3A ''globex'':6B ''greenhouse'':4A ''job'':2A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 18, '''at'':3A ''globex'':6B ''greenhouse'':4A ''job'':2A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 19, '''at'':3A ''globex'':6B ''job'':2A ''lever'':4A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 20, '''at'':3A ''globex'':6B ''job'':2A ''lever'':4A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 21, '''ashby'':4A ''at'':3A ''globex'':6B ''job'':2A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 22, '''ashby'':4A ''at'':3A ''globex'':6B ''job'':2A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 23, '''at'':3A ''globex'':6B ''job'':2A ''workday'':4A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 24, '''at'':3A ''globex'':6B ''job'':2A ''workday'':4A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 25, '''at'':3A ''example'':4A ''globex'':6B ''job'':2A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 26, '''at'':3A ''example'':4A ''globex'':6B ''job'':2A ''ǀ'':1A,5B,7B,8B,9,10,11'),
	(1, 27, '''editor'':2A ''paper'':4B ''ǀ'':1A,3B,5B,6B,7,8,9'),
	(1, 28, '''a'':8B ''b'':10B ''c'':11B ''koln'':6B ''professor'':2A ''uni'':4B ''ǀ'':1A,3B,5B,7B,9B,12,13,14'),
	(2, 1, '''first'':2 ''ǀ'':1'),
	(3, 1, '''rejection'':2A ''ǀ'':1A,3'),
	(3, 2, '''interview'':2A ''request'':3A ''ǀ'':1A,4'),
	(4, 1, '''ada'':2A ''ǀ'':1A,3B,4B,5'),
	(5, 9, '''co'':3A ''paper'':11 ''slow'':9 ''sohne'':2A ''ǀ'':1A,4B,5B,6,7,8,10,12'),
	(6, 1, '''script'':4 ''slow'':2 ''ǀ'':1,3'),
	(1, 30, '''back'':2A ''void'':4B ''ǀ'':1A,3B,5B,6B,7,8,9');


--
-- Data for Name: status_events; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.status_events VALUES
	(2, 13, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.679022+00', '2026-11-29 15:09:12.682922+00', NULL),
	(3, 14, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.722832+00', '2026-11-29 15:09:12.729309+00', NULL),
	(4, 15, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.747014+00', '2026-11-29 15:09:12.752049+00', NULL),
	(5, 16, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.770748+00', '2026-11-29 15:09:12.77681+00', NULL),
	(6, 17, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.793753+00', '2026-11-29 15:09:12.796276+00', NULL),
	(7, 18, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.813218+00', '2026-11-29 15:09:12.820409+00', NULL),
	(8, 19, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.8351+00', '2026-11-29 15:09:12.843193+00', NULL),
	(9, 20, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.854642+00', '2026-11-29 15:09:12.863159+00', NULL),
	(10, 21, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.88294+00', '2026-11-29 15:09:12.885995+00', NULL),
	(11, 22, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.904784+00', '2026-11-29 15:09:12.914859+00', NULL),
	(12, 23, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.923304+00', '2026-11-29 15:09:12.930266+00', NULL),
	(13, 24, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.94776+00', '2026-11-29 15:09:12.951847+00', NULL),
	(14, 25, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.967129+00', '2026-11-29 15:09:12.971008+00', NULL),
	(15, 26, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:12.987132+00', '2026-11-29 15:09:12.992736+00', NULL),
	(16, 28, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:13.053252+00', '2026-11-29 15:09:13.056243+00', NULL),
	(17, NULL, 1, NULL, NULL, NULL, 'submitted', '2026-09-01 08:00:00+00', '2026-11-29 15:09:13.199019+00', NULL),
	(18, 28, NULL, NULL, NULL, 'discovered', 'applied', '2026-09-01 08:00:00+00', '2026-11-29 15:09:13.223002+00', 'An application was submitted.'),
	(19, NULL, 1, NULL, NULL, 'submitted', 'rejected', '2026-09-20 10:00:00+00', '2026-11-29 15:09:13.321248+00', 'The employer answered: rejection.'),
	(20, NULL, NULL, 1, NULL, NULL, 'identified', '2026-11-29 15:09:13.55935+00', '2026-11-29 15:09:13.559356+00', NULL),
	(21, NULL, NULL, NULL, 1, NULL, 'sent', '2026-11-29 15:09:13.621621+00', '2026-11-29 15:09:13.621627+00', NULL),
	(25, 30, NULL, NULL, NULL, NULL, 'discovered', '2026-11-29 15:09:13.791116+00', '2026-11-29 15:09:13.802945+00', NULL);


--
-- Name: api_tokens_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.api_tokens_id_seq', 2, true);


--
-- Name: applications_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.applications_id_seq', 2, true);


--
-- Name: change_log_sequence_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.change_log_sequence_seq', 129, true);


--
-- Name: companies_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.companies_id_seq', 9, true);


--
-- Name: employer_responses_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.employer_responses_id_seq', 2, true);


--
-- Name: experience_claims_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.experience_claims_id_seq', 2, true);


--
-- Name: job_sources_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.job_sources_id_seq', 32, true);


--
-- Name: jobs_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.jobs_id_seq', 30, true);


--
-- Name: opportunities_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.opportunities_id_seq', 1, true);


--
-- Name: outreach_campaigns_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.outreach_campaigns_id_seq', 1, true);


--
-- Name: reference_usages_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.reference_usages_id_seq', 2, true);


--
-- Name: references_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.references_id_seq', 1, true);


--
-- Name: status_events_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.status_events_id_seq', 25, true);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: api_tokens pk_api_tokens; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT pk_api_tokens PRIMARY KEY (id);


--
-- Name: applications pk_applications; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT pk_applications PRIMARY KEY (id);


--
-- Name: change_log pk_change_log; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.change_log
    ADD CONSTRAINT pk_change_log PRIMARY KEY (sequence);


--
-- Name: companies pk_companies; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.companies
    ADD CONSTRAINT pk_companies PRIMARY KEY (id);


--
-- Name: employer_responses pk_employer_responses; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.employer_responses
    ADD CONSTRAINT pk_employer_responses PRIMARY KEY (id);


--
-- Name: experience_claims pk_experience_claims; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experience_claims
    ADD CONSTRAINT pk_experience_claims PRIMARY KEY (id);


--
-- Name: idempotency_keys pk_idempotency_keys; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT pk_idempotency_keys PRIMARY KEY (actor, key);


--
-- Name: job_sources pk_job_sources; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_sources
    ADD CONSTRAINT pk_job_sources PRIMARY KEY (id);


--
-- Name: jobs pk_jobs; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT pk_jobs PRIMARY KEY (id);


--
-- Name: opportunities pk_opportunities; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.opportunities
    ADD CONSTRAINT pk_opportunities PRIMARY KEY (id);


--
-- Name: outreach_campaigns pk_outreach_campaigns; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outreach_campaigns
    ADD CONSTRAINT pk_outreach_campaigns PRIMARY KEY (id);


--
-- Name: reference_usages pk_reference_usages; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reference_usages
    ADD CONSTRAINT pk_reference_usages PRIMARY KEY (id);


--
-- Name: references pk_references; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."references"
    ADD CONSTRAINT pk_references PRIMARY KEY (id);


--
-- Name: search_index pk_search_index; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.search_index
    ADD CONSTRAINT pk_search_index PRIMARY KEY (kind, row_id);


--
-- Name: status_events pk_status_events; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.status_events
    ADD CONSTRAINT pk_status_events PRIMARY KEY (id);


--
-- Name: api_tokens uq_api_tokens_digest; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT uq_api_tokens_digest UNIQUE (digest);


--
-- Name: api_tokens uq_api_tokens_name; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT uq_api_tokens_name UNIQUE (name);


--
-- Name: job_sources uq_job_sources_source_site_external_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_sources
    ADD CONSTRAINT uq_job_sources_source_site_external_id UNIQUE (source_site, external_id);


--
-- Name: jobs uq_jobs_job_url; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT uq_jobs_job_url UNIQUE (job_url);


--
-- Name: ix_applications_application_date; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_applications_application_date ON public.applications USING btree (application_date DESC NULLS LAST, id DESC);


--
-- Name: ix_applications_job_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_applications_job_id ON public.applications USING btree (job_id);


--
-- Name: ix_applications_status; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_applications_status ON public.applications USING btree (status);


--
-- Name: ix_change_log_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_change_log_at ON public.change_log USING btree (at);


--
-- Name: ix_change_log_request_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_change_log_request_id ON public.change_log USING btree (request_id);


--
-- Name: ix_change_log_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_change_log_subject ON public.change_log USING btree (entity, entity_id);


--
-- Name: ix_companies_industry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_companies_industry ON public.companies USING btree (industry);


--
-- Name: ix_companies_location; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_companies_location ON public.companies USING btree (location);


--
-- Name: ix_companies_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_companies_name ON public.companies USING btree (name);


--
-- Name: ix_companies_name_fragments; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_companies_name_fragments ON public.companies USING gin (lower((name)::text) public.gin_trgm_ops);


--
-- Name: ix_companies_size; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_companies_size ON public.companies USING btree (size);


--
-- Name: ix_employer_responses_application_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_employer_responses_application_id ON public.employer_responses USING btree (application_id);


--
-- Name: ix_employer_responses_response_date; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_employer_responses_response_date ON public.employer_responses USING btree (response_date DESC NULLS LAST, id DESC);


--
-- Name: ix_employer_responses_response_type; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_employer_responses_response_type ON public.employer_responses USING btree (response_type);


--
-- Name: ix_experience_claims_application_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_experience_claims_application_id ON public.experience_claims USING btree (application_id);


--
-- Name: ix_experience_claims_claim_type; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_experience_claims_claim_type ON public.experience_claims USING btree (claim_type);


--
-- Name: ix_experience_claims_risk_level; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_experience_claims_risk_level ON public.experience_claims USING btree (risk_level);


--
-- Name: ix_idempotency_keys_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_idempotency_keys_at ON public.idempotency_keys USING btree (at);


--
-- Name: ix_job_sources_direct_url_key; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_sources_direct_url_key ON public.job_sources USING btree (direct_url_key);


--
-- Name: ix_job_sources_job_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_sources_job_id ON public.job_sources USING btree (job_id);


--
-- Name: ix_job_sources_last_seen; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_sources_last_seen ON public.job_sources USING btree (last_seen, id);


--
-- Name: ix_job_sources_url_key; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_sources_url_key ON public.job_sources USING btree (url_key);


--
-- Name: ix_jobs_company; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_company ON public.jobs USING btree (company);


--
-- Name: ix_jobs_company_fragments; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_company_fragments ON public.jobs USING gin (lower((company)::text) public.gin_trgm_ops);


--
-- Name: ix_jobs_experience_level; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_experience_level ON public.jobs USING btree (experience_level);


--
-- Name: ix_jobs_industry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_industry ON public.jobs USING btree (industry);


--
-- Name: ix_jobs_job_type; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_job_type ON public.jobs USING btree (job_type);


--
-- Name: ix_jobs_location; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_location ON public.jobs USING btree (location);


--
-- Name: ix_jobs_location_fragments; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_location_fragments ON public.jobs USING gin (lower((location)::text) public.gin_trgm_ops);


--
-- Name: ix_jobs_remote_option; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_remote_option ON public.jobs USING btree (remote_option);


--
-- Name: ix_jobs_scraped_date; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_scraped_date ON public.jobs USING btree (scraped_date DESC NULLS LAST, id DESC);


--
-- Name: ix_jobs_source_site; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_source_site ON public.jobs USING btree (source_site);


--
-- Name: ix_jobs_status; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_status ON public.jobs USING btree (status);


--
-- Name: ix_jobs_title; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_title ON public.jobs USING btree (title);


--
-- Name: ix_jobs_title_fragments; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_jobs_title_fragments ON public.jobs USING gin (lower((title)::text) public.gin_trgm_ops);


--
-- Name: ix_opportunities_company_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_opportunities_company_id ON public.opportunities USING btree (company_id);


--
-- Name: ix_opportunities_status; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_opportunities_status ON public.opportunities USING btree (status);


--
-- Name: ix_outreach_campaigns_company_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_outreach_campaigns_company_id ON public.outreach_campaigns USING btree (company_id);


--
-- Name: ix_outreach_campaigns_opportunity_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_outreach_campaigns_opportunity_id ON public.outreach_campaigns USING btree (opportunity_id);


--
-- Name: ix_outreach_campaigns_response_status; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_outreach_campaigns_response_status ON public.outreach_campaigns USING btree (response_status);


--
-- Name: ix_outreach_campaigns_sent_date; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_outreach_campaigns_sent_date ON public.outreach_campaigns USING btree (sent_date DESC NULLS LAST, id DESC);


--
-- Name: ix_reference_usages_application_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_reference_usages_application_id ON public.reference_usages USING btree (application_id);


--
-- Name: ix_reference_usages_reference_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_reference_usages_reference_id ON public.reference_usages USING btree (reference_id);


--
-- Name: ix_reference_usages_used_on; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_reference_usages_used_on ON public.reference_usages USING btree (used_on, id);


--
-- Name: ix_search_index_words; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_search_index_words ON public.search_index USING gin (words);


--
-- Name: ix_status_events_application_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_status_events_application_id ON public.status_events USING btree (application_id);


--
-- Name: ix_status_events_job_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_status_events_job_id ON public.status_events USING btree (job_id);


--
-- Name: ix_status_events_occurred_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_status_events_occurred_at ON public.status_events USING btree (occurred_at, id);


--
-- Name: ix_status_events_opportunity_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_status_events_opportunity_id ON public.status_events USING btree (opportunity_id);


--
-- Name: ix_status_events_outreach_campaign_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_status_events_outreach_campaign_id ON public.status_events USING btree (outreach_campaign_id);


--
-- Name: applications log_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE OR UPDATE ON public.applications DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.log_change_applications();


--
-- Name: companies log_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE OR UPDATE ON public.companies DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.log_change_companies();


--
-- Name: employer_responses log_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE OR UPDATE ON public.employer_responses DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.log_change_employer_responses();


--
-- Name: experience_claims log_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE OR UPDATE ON public.experience_claims DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.log_change_experience_claims();


--
-- Name: job_sources log_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE OR UPDATE ON public.job_sources DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.log_change_job_sources();


--
-- Name: jobs log_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE OR UPDATE ON public.jobs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.log_change_jobs();


--
-- Name: opportunities log_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE OR UPDATE ON public.opportunities DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.log_change_opportunities();


--
-- Name: outreach_campaigns log_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE OR UPDATE ON public.outreach_campaigns DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.log_change_outreach_campaigns();


--
-- Name: reference_usages log_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE OR UPDATE ON public.reference_usages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.log_change_reference_usages();


--
-- Name: references log_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE OR UPDATE ON public."references" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.log_change_references();


--
-- Name: status_events log_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE OR UPDATE ON public.status_events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.log_change_status_events();


--
-- Name: applications log_change_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER log_change_truncate BEFORE TRUNCATE ON public.applications FOR EACH STATEMENT EXECUTE FUNCTION public.log_change_applications();


--
-- Name: companies log_change_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER log_change_truncate BEFORE TRUNCATE ON public.companies FOR EACH STATEMENT EXECUTE FUNCTION public.log_change_companies();


--
-- Name: employer_responses log_change_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER log_change_truncate BEFORE TRUNCATE ON public.employer_responses FOR EACH STATEMENT EXECUTE FUNCTION public.log_change_employer_responses();


--
-- Name: experience_claims log_change_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER log_change_truncate BEFORE TRUNCATE ON public.experience_claims FOR EACH STATEMENT EXECUTE FUNCTION public.log_change_experience_claims();


--
-- Name: job_sources log_change_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER log_change_truncate BEFORE TRUNCATE ON public.job_sources FOR EACH STATEMENT EXECUTE FUNCTION public.log_change_job_sources();


--
-- Name: jobs log_change_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER log_change_truncate BEFORE TRUNCATE ON public.jobs FOR EACH STATEMENT EXECUTE FUNCTION public.log_change_jobs();


--
-- Name: opportunities log_change_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER log_change_truncate BEFORE TRUNCATE ON public.opportunities FOR EACH STATEMENT EXECUTE FUNCTION public.log_change_opportunities();


--
-- Name: outreach_campaigns log_change_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER log_change_truncate BEFORE TRUNCATE ON public.outreach_campaigns FOR EACH STATEMENT EXECUTE FUNCTION public.log_change_outreach_campaigns();


--
-- Name: reference_usages log_change_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER log_change_truncate BEFORE TRUNCATE ON public.reference_usages FOR EACH STATEMENT EXECUTE FUNCTION public.log_change_reference_usages();


--
-- Name: references log_change_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER log_change_truncate BEFORE TRUNCATE ON public."references" FOR EACH STATEMENT EXECUTE FUNCTION public.log_change_references();


--
-- Name: status_events log_change_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER log_change_truncate BEFORE TRUNCATE ON public.status_events FOR EACH STATEMENT EXECUTE FUNCTION public.log_change_status_events();


--
-- Name: applications search_index; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER search_index AFTER INSERT OR DELETE OR UPDATE ON public.applications FOR EACH ROW EXECUTE FUNCTION public.search_index_applications();


--
-- Name: companies search_index; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER search_index AFTER INSERT OR DELETE OR UPDATE ON public.companies FOR EACH ROW EXECUTE FUNCTION public.search_index_companies();


--
-- Name: employer_responses search_index; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER search_index AFTER INSERT OR DELETE OR UPDATE ON public.employer_responses FOR EACH ROW EXECUTE FUNCTION public.search_index_employer_responses();


--
-- Name: jobs search_index; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER search_index AFTER INSERT OR DELETE OR UPDATE ON public.jobs FOR EACH ROW EXECUTE FUNCTION public.search_index_jobs();


--
-- Name: opportunities search_index; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER search_index AFTER INSERT OR DELETE OR UPDATE ON public.opportunities FOR EACH ROW EXECUTE FUNCTION public.search_index_opportunities();


--
-- Name: references search_index; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER search_index AFTER INSERT OR DELETE OR UPDATE ON public."references" FOR EACH ROW EXECUTE FUNCTION public.search_index_references();


--
-- Name: applications fk_applications_job_id_jobs; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT fk_applications_job_id_jobs FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;


--
-- Name: employer_responses fk_employer_responses_application_id_applications; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.employer_responses
    ADD CONSTRAINT fk_employer_responses_application_id_applications FOREIGN KEY (application_id) REFERENCES public.applications(id) ON DELETE CASCADE;


--
-- Name: experience_claims fk_experience_claims_application_id_applications; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experience_claims
    ADD CONSTRAINT fk_experience_claims_application_id_applications FOREIGN KEY (application_id) REFERENCES public.applications(id) ON DELETE CASCADE;


--
-- Name: job_sources fk_job_sources_job_id_jobs; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_sources
    ADD CONSTRAINT fk_job_sources_job_id_jobs FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;


--
-- Name: opportunities fk_opportunities_company_id_companies; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.opportunities
    ADD CONSTRAINT fk_opportunities_company_id_companies FOREIGN KEY (company_id) REFERENCES public.companies(id) ON DELETE CASCADE;


--
-- Name: outreach_campaigns fk_outreach_campaigns_company_id_companies; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outreach_campaigns
    ADD CONSTRAINT fk_outreach_campaigns_company_id_companies FOREIGN KEY (company_id) REFERENCES public.companies(id) ON DELETE CASCADE;


--
-- Name: outreach_campaigns fk_outreach_campaigns_opportunity_id_opportunities; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outreach_campaigns
    ADD CONSTRAINT fk_outreach_campaigns_opportunity_id_opportunities FOREIGN KEY (opportunity_id) REFERENCES public.opportunities(id) ON DELETE CASCADE;


--
-- Name: reference_usages fk_reference_usages_application_id_applications; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reference_usages
    ADD CONSTRAINT fk_reference_usages_application_id_applications FOREIGN KEY (application_id) REFERENCES public.applications(id) ON DELETE CASCADE;


--
-- Name: reference_usages fk_reference_usages_reference_id_references; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reference_usages
    ADD CONSTRAINT fk_reference_usages_reference_id_references FOREIGN KEY (reference_id) REFERENCES public."references"(id) ON DELETE CASCADE;


--
-- Name: status_events fk_status_events_application_id_applications; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.status_events
    ADD CONSTRAINT fk_status_events_application_id_applications FOREIGN KEY (application_id) REFERENCES public.applications(id) ON DELETE CASCADE;


--
-- Name: status_events fk_status_events_job_id_jobs; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.status_events
    ADD CONSTRAINT fk_status_events_job_id_jobs FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;


--
-- Name: status_events fk_status_events_opportunity_id_opportunities; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.status_events
    ADD CONSTRAINT fk_status_events_opportunity_id_opportunities FOREIGN KEY (opportunity_id) REFERENCES public.opportunities(id) ON DELETE CASCADE;


--
-- Name: status_events fk_status_events_outreach_campaign_id_outreach_campaigns; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.status_events
    ADD CONSTRAINT fk_status_events_outreach_campaign_id_outreach_campaigns FOREIGN KEY (outreach_campaign_id) REFERENCES public.outreach_campaigns(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


