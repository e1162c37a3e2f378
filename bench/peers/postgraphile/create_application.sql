-- A function, PostGraphile's mechanism for mutations with rules. It executes W7 in one call.
DROP TYPE IF EXISTS new_claim CASCADE;

CREATE TYPE new_claim AS (
    claim_type text,
    original_experience text,
    claimed_experience text,
    exaggeration_multiplier double precision
);

CREATE FUNCTION create_application_with_claims(job_id integer, resume_version text, claims new_claim[])
RETURNS applications LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    created applications;
BEGIN
    IF EXISTS (
        SELECT FROM applications AS other
        WHERE other.job_id = $1 AND status NOT IN ('accepted', 'rejected', 'ghosted', 'withdrawn')
    ) THEN
        RAISE EXCEPTION 'there is an open application to job %', $1;
    END IF;
    INSERT INTO applications (job_id, status, resume_version, credibility_rating, exaggeration_level, integrity_score)
    SELECT $1, 'submitted', $2, rating, level, 100 * rating * (1 - level)
    FROM (
        SELECT exp(sum(ln(1 - inflation / 2))) AS rating, avg(inflation) AS level
        FROM unnest(claims) AS claim, greatest(0, 1 - 1 / claim.exaggeration_multiplier) AS inflation
    ) AS integrity
    RETURNING * INTO created;
    INSERT INTO experience_claims (application_id, claim_type, original_experience, claimed_experience,
        exaggeration_multiplier, credibility_impact, risk_level)
    SELECT created.id, claim.*, inflation / 2, CASE
        WHEN claim.claim_type = 'fabrication' OR inflation >= 0.34 THEN 'high'
        WHEN inflation >= 0.10 THEN 'medium'
        ELSE 'low'
    END
    FROM unnest(claims) AS claim, greatest(0, 1 - 1 / claim.exaggeration_multiplier) AS inflation;
    RETURN created;
END
$$;
