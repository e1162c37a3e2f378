// Lints schema.graphql and the operations of the clients. Run from the top folder, which is where the paths begin.
import graphql from "@graphql-eslint/eslint-plugin";

const { configs, parser } = graphql;

export default [
  {
    files: ["**/*.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: {
      parser,
      parserOptions: {
        graphQLConfig: { schema: "schema.graphql", documents: "tests/clients/operations/*.graphql" },
      },
    },
  },
  {
    files: ["schema.graphql"],
    rules: {
      ...configs["flat/schema-all"].rules,
      ...configs["flat/schema-relay"].rules,
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          // The specification's own directive, printed for tools that are older than it.
          ignoredSelectors: ["DirectiveDefinition[name.value=oneOf]"],
        },
      ],
      // Connections offer `nodes` beside `edges`, and the parts of a whole are plain lists.
      "@graphql-eslint/relay-edge-types": [
        "error",
        { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
      ],
      // `createJob` takes a `CreateJobInput`: types begin with a capital.
      "@graphql-eslint/input-name": ["error", { checkInputType: true, caseSensitiveInputType: false }],
      // The lists of `attention` have one size, an argument of the field above them.
      "@graphql-eslint/relay-arguments": "off",
      // Entities have an id because they implement Node; pages, edges and sums are values and have none.
      "@graphql-eslint/strict-id-in-types": "off",
      // `applicationDate`, `jobUrl` and `jobType` are the names of the columns.
      "@graphql-eslint/no-typename-prefix": "off",
      // Fields stand in the order in which a person wants to read them.
      "@graphql-eslint/alphabetize": "off",
      // There are mutations and subscriptions.
      "@graphql-eslint/no-root-type": "off",
      // The standard @deprecated has a reason and no date; the date stands in the reason.
      "@graphql-eslint/require-deprecation-date": "off",
      // A connection is never null: nothing found is an empty page, and a failure is an error of the whole request.
      "@graphql-eslint/require-nullable-result-in-root": "off",
      // A payload holds what was changed; whoever wants more asks in a second field.
      "@graphql-eslint/require-field-of-type-query-in-mutation-result": "off",
    },
  },
  {
    files: ["tests/clients/operations/*.graphql"],
    rules: configs["flat/operations-recommended"].rules,
  },
];
