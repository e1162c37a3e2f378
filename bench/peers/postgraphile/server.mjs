// PostGraphile 5 in its recommended set-up: `node server.mjs PORT`, on DATABASE_URL.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";

const service = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      poolConfig: { max: 16 }, // the number of clients
    }),
  ],
  schema: {
    defaultBehavior: "list -connection", // plain lists: the cheaper form of a relation
    pgOrderByNullsLast: true, // the order of the indexes
  },
  grafserv: { port: Number(process.argv[2]), watch: false, graphiql: false, websockets: false },
  grafast: { explain: false },
});

const server = createServer();
server.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
await service.createServ(grafserv).addTo(server);
server.listen(Number(process.argv[2]), "127.0.0.1");
