// A frontend's screens without their looks, read with the documents and types that graphql-codegen made.
import { endpointOfCommandLine, post } from "../post";
import { type FragmentType, useFragment as unmasked } from "./__generated__";
import {
  ApplicationCardFragmentDoc,
  ApplicationsBoardDocument,
  ClaimLineFragmentDoc,
  CompaniesDocument,
  JobCardFragmentDoc,
  type JobFilter,
  JobWithApplicationsDocument,
  NewestJobsDocument,
  type NewestJobsQuery,
  PinnedDocument,
  RefetchJobDocument,
  ResponseLineFragmentDoc,
  type TypedDocumentString,
} from "./__generated__/graphql";

const endpoint = endpointOfCommandLine();

async function execute<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const documentId: string | undefined = document.__meta__?.["hash"]; // where codegen.persisted.ts made the documents
  return (await post(endpoint, documentId ? { documentId } : { query: document.toString() }, variables)) as Result;
}

function card(masked: FragmentType<typeof JobCardFragmentDoc>) {
  const job = unmasked(JobCardFragmentDoc, masked);
  const place = job.location ?? (job.remoteOption ? "remote" : "unknown");
  return [job.title, job.company, place, job.salaryMin, job.salaryMax, job.postingDate, job.status];
}

/** Every page of the newest jobs that still wait for an application, two jobs a page. */
async function newestJobs() {
  const filter: JobFilter = { status: { in: ["DISCOVERED", "TARGETED"] }, not: { company: { contains: "gmbh" } } };
  const pages: ReturnType<typeof card>[][] = [];
  let after: string | null = null;
  for (;;) {
    const { jobs }: NewestJobsQuery = await execute(NewestJobsDocument, { first: 2, after, filter });
    pages.push(jobs.edges.flatMap(({ node }) => (node ? [card(node)] : [])));
    if (!jobs.pageInfo.hasNextPage) return { count: jobs.totalCount, pages };
    after = jobs.pageInfo.endCursor;
  }
}

async function job(jobUrl: string) {
  const { job } = await execute(JobWithApplicationsDocument, { by: { jobUrl } });
  if (!job) throw new Error(`no job at ${jobUrl}`);
  return {
    id: job.id,
    job: card(job),
    keywords: job.keywords.join(", "),
    count: job.applications.totalCount,
    applications: job.applications.nodes.map(({ status, applicationDate }) => [status, applicationDate]),
  };
}

async function board() {
  const { all, applications } = await execute(ApplicationsBoardDocument, { statuses: ["SUBMITTED", "OFFER_RECEIVED"] });
  const counts = all.groupBy.map(({ key, count }) => `${key[0]}: ${count}`);
  const cards = applications.nodes.map((node) => {
    const application = unmasked(ApplicationCardFragmentDoc, node);
    return {
      status: application.status,
      sent: application.applicationDate,
      score: application.integrityScore?.toFixed(1),
      job: card(application.job),
      responses: unmasked(ResponseLineFragmentDoc, application.responses).map((response) => [
        response.responseType,
        response.subjectLine,
        response.sentimentScore,
        response.requiresAction,
      ]),
      claims: unmasked(ClaimLineFragmentDoc, application.experienceClaims).map((claim) => [
        claim.claimType,
        claim.exaggerationMultiplier,
        claim.riskLevel,
      ]),
    };
  });
  return { counts, cards };
}

async function companies() {
  const { companies } = await execute(CompaniesDocument, { sizes: ["SMALL", "MEDIUM"] });
  return companies.nodes.map((company) => ({
    name: company.name,
    stack: company.technologyStack,
    value: company.opportunities.aggregate.sum.estimatedValue,
    opportunities: company.opportunities.nodes.map((opportunity) => ({
      problem: opportunity.problemDescription,
      stage: [opportunity.implementationComplexity, opportunity.status],
      contacts: opportunity.campaigns.nodes.map((campaign) => [
        campaign.contactMethod,
        campaign.contactPerson,
        campaign.responseStatus,
      ]),
    })),
  }));
}

/** One node read again by its id, and things of several types by theirs. */
async function refetched(jobId: string) {
  const { node } = await execute(RefetchJobDocument, { id: jobId });
  const { applications } = await execute(ApplicationsBoardDocument, { statuses: ["OFFER_RECEIVED"] });
  const { companies } = await execute(CompaniesDocument, {});
  const ids = [jobId, ...[...applications.nodes, ...companies.nodes].map(({ id }) => id)];
  const { nodes } = await execute(PinnedDocument, { ids });
  const pinned = nodes.map((node) => {
    switch (node?.__typename) {
      case "Job":
        return `${node.title} at ${node.company}`;
      case "Application":
        return `${node.applicationStatus}: ${node.job.title}`;
      case "Company":
        return node.name;
      default:
        return null;
    }
  });
  return { job: node?.__typename === "Job" ? card(node) : null, pinned };
}

async function main() {
  const { id, ...opened } = await job("https://jobs.example/python-developer");
  const screens = {
    newest: await newestJobs(),
    job: opened,
    board: await board(),
    companies: await companies(),
    refetched: await refetched(id),
  };
  console.log(JSON.stringify(screens));
}

void main();
