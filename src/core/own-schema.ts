import { Ajv2020, type AnySchemaObject, type ErrorObject, type Options } from "ajv/dist/2020.js";

/** Whether a value is of the shape; `errors` says why the last one was not. */
export interface OwnSchema<Shape> {
  (value: unknown): value is Shape;
  readonly errors?: ErrorObject[] | null | undefined;
}

/**
 * A schema of this repository, compiled at its first use: every process would pay for all of them at its start. That
 * each is a schema to the letter of JSON Schema 2020-12, which costs more than compiling it, a test shows.
 * @param options of AJV, beside those that are right for all of our schemas
 */
export function ownSchema<Shape>(schema: AnySchemaObject, options: Options = {}): OwnSchema<Shape> {
  let compiled: OwnSchema<Shape> | undefined;
  const compile = () => {
    compiled ??= new Ajv2020({ strict: true, meta: false, validateSchema: false, ...options }).compile(
      schema,
    );
    return compiled;
  };
  const validate = (value: unknown): value is Shape => compile()(value);
  return Object.defineProperty(validate, "errors", { get: () => compiled?.errors });
}
