import type { CodegenConfig } from "@graphql-codegen/cli";

import config from "./codegen";

const folder = "codegen/__generated__/";
const { [folder]: target } = config.generates;

/** Documents by their names only, and persisted-documents.json beside them. */
const persisted: CodegenConfig = {
  ...config,
  generates: {
    [folder]: { ...target, presetConfig: { persistedDocuments: { mode: "replaceDocumentWithHash" } } },
  },
};

export default persisted;
