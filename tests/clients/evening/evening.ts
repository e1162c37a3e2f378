// An evening at a kanban board, for whichever client carries it out. Each of the twelve operations is used.

interface UserErrors {
  userErrors: readonly { code: string }[];
}

/** The twelve operations of operations/evening.graphql: variables, and as much of the data as the board uses. */
export interface Operations {
  Board(variables: { first: number }): Promise<{
    applications: {
      nodes: readonly { id: string; status: string | null | undefined; responseCount: number; job: { title: string } }[];
    };
  }>;
  JobsPage(variables: { first: number; after: string | null }): Promise<{
    jobs: {
      totalCount: number;
      edges: readonly { node: { title: string } | null | undefined }[];
      pageInfo: { hasNextPage: boolean; endCursor: string | null | undefined };
    };
  }>;
  JobDetail(variables: { id: string }): Promise<{
    job: {
      title: string;
      status: string | null | undefined;
      tags: readonly { name: string }[];
      statusEvents: readonly { toStatus: string }[];
    } | null | undefined;
  }>;
  Found(variables: { text: string }): Promise<{ search: readonly { node: { __typename: string; title?: string | null | undefined } }[] }>;
  AddJob(variables: { input: { title: string; company: string; salaryMin?: number; salaryMax?: number } }): Promise<{
    createJob: { job: { id: string; version: number } | null | undefined; userErrors: readonly { code: string; path: readonly string[] | null | undefined }[] };
  }>;
  EditJob(variables: { input: { id: string; version: number; title: string } }): Promise<{
    updateJob: { job: { title: string; version: number } | null | undefined; userErrors: readonly { code: string; currentVersion?: number }[] };
  }>;
  Apply(variables: { input: { job: { create: { title: string; company: string } } } }): Promise<{
    submitApplication: { application: { id: string; job: { id: string; status: string | null | undefined } } | null | undefined } & UserErrors;
  }>;
  MoveCard(variables: { input: { id: string; status: "PHONE_SCREEN" | "REJECTED"; version: null } }): Promise<{
    changeApplicationStatus: {
      application: { status: string | null | undefined } | null | undefined;
      changes: readonly { id: string; entity: string }[];
    } & UserErrors;
  }>;
  Answered(variables: { input: { applicationId: string; responseType: "INTERVIEW_REQUEST" } }): Promise<{
    recordEmployerResponse: { proposedStatus: string | null | undefined; application: { responseCount: number } | null | undefined } & UserErrors;
  }>;
  Label(variables: { input: { ids: string[]; names: string[] } }): Promise<{ addTags: { count: number | null | undefined } & UserErrors }>;
  TakeBack(variables: { input: { ids: string[] } }): Promise<{
    undoChanges: { undoneChanges: readonly { entity: string }[] } & UserErrors;
  }>;
  RemoveJob(variables: { input: { id: string } }): Promise<{
    deleteJob: { change: { entityId: string } | null | undefined } & UserErrors;
  }>;
}

/** What the board showed, in order. */
export async function evening(client: Operations): Promise<unknown> {
  const shown: Record<string, unknown> = {};

  const titles: string[] = [];
  for (let after: string | null = null; ; ) {
    const { jobs } = await client.JobsPage({ first: 5, after });
    titles.push(...jobs.edges.flatMap(({ node }) => (node ? [node.title] : [])));
    shown["jobs"] = [jobs.totalCount, titles.length];
    if (!jobs.pageInfo.hasNextPage) break;
    after = jobs.pageInfo.endCursor ?? null;
  }

  const wrong = await client.AddJob({ input: { title: "Fitter", company: "Esche", salaryMin: 5, salaryMax: 3 } });
  shown["rejected"] = wrong.createJob.userErrors.map(({ code, path }) => [code, path?.join(".")]);
  const { createJob } = await client.AddJob({ input: { title: "Fitter", company: "Esche" } });
  const job = createJob.job!;
  const edit = { id: job.id, version: job.version, title: "Master fitter" };
  shown["edited"] = (await client.EditJob({ input: edit })).updateJob.job?.title;
  shown["stale"] = (await client.EditJob({ input: edit })).updateJob.userErrors.map((error) => [error.code, error.currentVersion]);
  shown["labelled"] = (await client.Label({ input: { ids: [job.id], names: ["remote", "night shift"] } })).addTags.count;
  const detail = (await client.JobDetail({ id: job.id })).job!;
  shown["detail"] = [detail.title, detail.tags.map(({ name }) => name), detail.statusEvents.map(({ toStatus }) => toStatus)];
  const { search } = await client.Found({ text: "fitter" });
  shown["found"] = search.map(({ node }) => [node.__typename, node.title]);

  const applied = (await client.Apply({ input: { job: { create: { title: "Welder", company: "Esche" } } } })).submitApplication;
  const card = applied.application!;
  shown["applied"] = card.job.status;
  const answered = (await client.Answered({ input: { applicationId: card.id, responseType: "INTERVIEW_REQUEST" } })).recordEmployerResponse;
  shown["answered"] = [answered.proposedStatus, answered.application?.responseCount];
  const moved = (await client.MoveCard({ input: { id: card.id, status: "REJECTED", version: null } })).changeApplicationStatus;
  shown["moved"] = [moved.application?.status, moved.changes.map(({ entity }) => entity).sort()];
  shown["board"] = await board(client);
  const back = (await client.TakeBack({ input: { ids: moved.changes.map(({ id }) => id) } })).undoChanges;
  shown["taken back"] = back.undoneChanges.map(({ entity }) => entity).sort();
  shown["board afterwards"] = await board(client);

  const removed = (await client.RemoveJob({ input: { id: card.job.id } })).deleteJob;
  shown["removed"] = removed.change?.entityId === card.job.id;
  shown["board at last"] = await board(client);
  return shown;
}

async function board(client: Operations): Promise<string[]> {
  const { applications } = await client.Board({ first: 2 });
  return applications.nodes.map(({ status, job, responseCount }) => `${job.title}: ${status}, ${responseCount}`);
}
