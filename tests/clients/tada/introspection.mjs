// Writes the types that gql.tada reads, of schema.graphql. Its own command needs a TypeScript with a JavaScript API.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { minifyIntrospection, outputIntrospectionFile } from "@gql.tada/internal";
import { buildSchema, introspectionFromSchema } from "graphql";

const schema = buildSchema(readFileSync("../../schema.graphql", "utf-8"));
const introspection = introspectionFromSchema(schema, { descriptions: false });
mkdirSync("tada/__generated__", { recursive: true });
writeFileSync("tada/__generated__/introspection.json", JSON.stringify(minifyIntrospection(introspection)));
writeFileSync(
  "tada/__generated__/introspection.d.ts",
  outputIntrospectionFile(minifyIntrospection(introspection), { fileType: ".d.ts", shouldPreprocess: true }),
);
