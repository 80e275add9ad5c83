import { Ajv, type ValidateFunction } from 'ajv';
import { type Command, outputSchemas } from '../../contrib/schema/output-schemas.js';
import { progressSchema } from '../../contrib/schema/progress-schema.js';
import { closed, type Schema } from '../../contrib/schema/schema.js';
import { memoized } from '../../src/text/memoized.js';

/** Takes nothing that the schema does not name: what is printed is documented. */
function compiled(schema: Schema): ValidateFunction {
  return new Ajv({ strict: true, allErrors: true }).compile(closed(schema) as object);
}

const schemas = outputSchemas();
const outputOf = memoized((command: string) => compiled(schemas[command as Command]));
const progress = memoized((_: string) => compiled(progressSchema()));

/** What is wrong with what a command has printed, by its schema; null where nothing is, or there is no such command. */
export function outputProblem(command: string, output: unknown): string | null {
  return command in schemas ? problemOf(outputOf(command), output) : null;
}

/** The same of a line of progress. */
export function progressProblem(event: unknown): string | null {
  return problemOf(progress(''), event);
}

function problemOf(isValid: ValidateFunction, value: unknown): string | null {
  if (isValid(value)) return null;
  const errors = isValid.errors?.map(({ instancePath, message, params }) => {
    return `${instancePath} ${message} ${JSON.stringify(params)}`;
  });
  return `${errors?.join('\n')}\n${JSON.stringify(value)}`;
}

/** A function that makes what a command prints, each of whose results is held against the schema. */
export function validated<A extends readonly unknown[]>(
  command: Command,
  print: (...args: A) => object,
): (...args: A) => object {
  return (...args) => {
    const output = print(...args);
    const problem = outputProblem(command, JSON.parse(JSON.stringify(output)));
    if (problem !== null) throw new Error(problem);
    return output;
  };
}
