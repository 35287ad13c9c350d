/** The files that take longest, longest first. */
export const longFiles = [
  "test/exchange/crash-provider.test.ts",
  "test/exchange/crash-consumer.test.ts",
  "test/dev/demo.test.ts",
];
