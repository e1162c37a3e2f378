import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: "operations/*.graphql",
  generates: {
    "codegen/__generated__/": {
      preset: "client",
      config: {
        documentMode: "string",
        scalars: { ID: "string", Date: "string", DateTime: "string" },
        defaultScalarType: "unknown",
      },
    },
  },
};

export default config;
