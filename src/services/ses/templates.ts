import type { Clock } from '../../lib/clock.ts';
import { SesRefused } from './refusal.ts';
import type { Scope } from './scope.ts';
import type { SesStore } from './ses-store.ts';
import { assertTemplate, type Template } from './template.ts';

/** AWS: quota of templates in a region. */
const TEMPLATES_MAX = 20_000;

/** Templates of letters. Both versions of the API have the same. Throws `SesRefused`. */
export class Templates {
  readonly #store: SesStore;
  readonly #clock: Clock;

  constructor(store: SesStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  get(scope: Scope, name: string): Template {
    const template = this.#store.find(scope, 'template', name);
    if (template === undefined) throw new SesRefused({ kind: 'no-such', what: 'template', name });
    return template;
  }

  list(scope: Scope, after: string | undefined, countMax: number) {
    return this.#store.list(scope, 'template', { after, countMax });
  }

  create(scope: Scope, name: string, content: Omit<Template, 'createdMs'>): Promise<void> {
    assertTemplate(content);
    return this.#store.write(() => {
      if (this.#store.find(scope, 'template', name) !== undefined)
        throw new SesRefused({ kind: 'exists', what: 'template', name });
      if (this.#store.count(scope, 'template') >= TEMPLATES_MAX)
        throw new SesRefused({ kind: 'too-many', what: 'template', countMax: TEMPLATES_MAX });
      this.#store.put(scope, 'template', name, { ...content, createdMs: this.#clock.nowMs() });
    });
  }

  update(scope: Scope, name: string, content: Omit<Template, 'createdMs'>): Promise<void> {
    assertTemplate(content);
    return this.#store.write(() => {
      const { createdMs } = this.get(scope, name);
      this.#store.put(scope, 'template', name, { ...content, createdMs });
    });
  }

  /** Whether there was one. */
  delete(scope: Scope, name: string): Promise<boolean> {
    return this.#store.write(() => this.#store.remove(scope, 'template', name));
  }
}
