// The tables of operations in docs/compatibility.md: written from handlers, notes of the tests and remarks, and read back.
import type { Operation, Service } from './api.ts';
import { keyOf, type Seen } from './notes.ts';
import { ABSENCES, NEVER_THERE, REMARKS } from './remarks.ts';

/** Of Lambda every operation has a row, of its neighbours those that work. */
const WHOLE = 'lambda';
const HEAD = ['| Operation | State | Answers that tests have seen | Remarks |', '| --- | --- | --- | --- |'];

/** The document with its tables written anew. Throws when a service has no place in it. */
export function written(document: string, services: readonly Service[], seen: Seen): string {
  return services.reduce((text, service) => {
    const place = placeOf(service);
    if (!place.test(text)) throw new Error(`the document has no place for the operations of ${service.name}`);
    const lines = [...HEAD, ...rows(service, seen), '', ...below(service)];
    return text.replace(place, (_, begin, end) => `${begin}\n${lines.join('\n').trimEnd()}\n${end}`);
  }, document);
}

/** What the document says that tests have seen. */
export function claims(document: string, services: readonly Service[]): Seen {
  const claimed = services.flatMap((service) =>
    (placeOf(service).exec(document)?.[0] ?? '').split('\n').flatMap((line) => {
      const [, operation = '', , answers = ''] = line.split('|').map((cell) => cell.trim());
      const named = service.operations.some(({ name }) => name === operation);
      return named ? [[keyOf(service.name, operation), new Set(answers.split(', ').filter(Boolean))] as const] : [];
    }),
  );
  return new Map(claimed);
}

/** What is claimed and was not seen, as lines for a person. */
export function unproven(claimed: Seen, seen: Seen): string[] {
  return [...claimed].flatMap(([key, answers]) =>
    [...answers].filter((answer) => !seen.get(key)?.has(answer)).map((answer) => `${key}: ${answer}`),
  );
}

/**
 * What no test has seen though it should be: a success of each operation that works, and each modelled error that can
 * come up; of each that does not work yet, that it says so.
 */
export function unseen(services: readonly Service[], seen: Seen): string[] {
  return services.flatMap((service) =>
    service.operations.flatMap((operation) =>
      expected(service, operation)
        .filter((answer) => !seen.get(keyOf(service.name, operation.name))?.has(answer))
        .map((answer) => `${keyOf(service.name, operation.name)}: ${answer}`),
    ),
  );
}

/** Of the neighbours only what Lambda needs is there, and so only successes are expected of them. */
function expected({ name: service }: Service, { name, works, errors }: Operation): string[] {
  if (service !== WHOLE) return works && !NEVER_THERE[service]?.includes(name) ? ['success'] : [];
  return works ? ['success', ...errors.filter((error) => !isAbsent(service, name, error))] : ['NotImplemented'];
}

/** Reasons for the absence of what has been seen, or is in no model. */
export function needless(services: readonly Service[], seen: Seen): string[] {
  return services.flatMap(({ name: service, operations }) =>
    (ABSENCES[service] ?? []).flatMap((absence) =>
      absence.errors.flatMap((error) => {
        const meant = operations.filter(
          ({ name, works, errors }) => works && errors.includes(error) && (absence.operations?.includes(name) ?? true),
        );
        const absent = meant.filter(({ name }) => !seen.get(keyOf(service, name))?.has(error));
        if (absence.dependsOnMachine) return [];
        // A reason that names operations holds for each of them.
        const expected = absence.operations?.length ?? 1;
        return absent.length >= expected ? [] : [`${service}: ${error}, because ${absence.because}`];
      }),
    ),
  );
}

function placeOf({ name }: Service): RegExp {
  return new RegExp(
    `(<!-- operations of ${name}, by \`npm run compatibility\` -->)[\\s\\S]*?(<!-- end of operations -->)`,
  );
}

function rows(service: Service, seen: Seen): string[] {
  return service.operations
    .filter(({ works }) => works || service.name === WHOLE)
    .map((operation) => `| ${cells(service, operation, seen).join(' | ')} |`.replace(/ +\|/g, ' |'));
}

function cells({ name: service }: Service, { name, works }: Operation, seen: Seen): string[] {
  const claimed = [...(seen.get(keyOf(service, name)) ?? [])].filter((answer) => !dependsOnMachine(service, answer));
  const answers = claimed.sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  return [name, works ? 'works' : 'not yet', answers.join(', '), REMARKS[service]?.[name] ?? ''];
}

const rank = (answer: string) => (answer === 'success' ? 0 : 1);

function below({ name, title, operations }: Service): string[] {
  const missing = operations.filter(({ works }) => !works).length;
  const absences = (ABSENCES[name] ?? []).map(({ errors, operations, because }) => {
    const where = operations === undefined ? '' : ` (${operations.join(', ')})`;
    return `- ${errors.join(', ')}${where}: ${because}.`;
  });
  if (name !== WHOLE && missing === 0) return [];
  if (name !== WHOLE)
    return [`The other ${missing} operations of ${title} answer \`NotImplemented\` (501) and their name.`];
  return [
    "Errors that AWS's model names for these operations and tests have not seen from all of them, and why:",
    '',
    ...absences,
  ];
}

function isAbsent(service: string, operation: string, error: string): boolean {
  return (ABSENCES[service] ?? []).some(
    ({ errors, operations }) => errors.includes(error) && (operations?.includes(operation) ?? true),
  );
}

function dependsOnMachine(service: string, error: string): boolean {
  return (ABSENCES[service] ?? []).some((absence) => absence.dependsOnMachine && absence.errors.includes(error));
}
