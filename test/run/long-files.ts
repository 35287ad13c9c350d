/**
 * A file of each run that takes long, longest first: they are begun first, so that nothing is left alone at the end. What
 * is not here is begun after them, in the order of the alphabet.
 */
export const longFiles = [
  "test/dev/demo.test.ts",
  "test/exchange/builtin/evidence.test.ts",
  "test/exchange/failure-log.test.ts",
  "test/exchange/crash-provider.test.ts",
  "test/exchange/builtin/agreement-life.test.ts",
  "test/exchange/failure-register.test.ts",
  "test/exchange/streaming.test.ts",
  "test/messagelog/retention/country.test.ts",
  "test/exchange/crash-consumer.test.ts",
  "test/exchange/permissions/consent-block.test.ts",
  "test/exchange/feedback/feedback.test.ts",
  "test/exchange/streaming-memory.test.ts",
  "test/dev/bench.test.ts",
  "test/authority/registration/registration.test.ts",
];
