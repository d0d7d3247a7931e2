// The regular expressions of CloudWatch Logs' filter patterns (`%…%`): no groups, so each alternative is a plain list of
// items. They are run as sets of items, not by V8's backtracking engine: one pattern such as `a*a*a*a*b` over one long
// line could otherwise hold up every invocation of the server.

/** One character that must match, so often. Expanded: `{2,4}` is two required items and two optional ones. */
interface Item {
  readonly matches: (code: number) => boolean;
  readonly optional: boolean;
  readonly repeats: boolean;
}

interface Alternative {
  readonly items: readonly Item[];
  readonly atStart: boolean;
  readonly atEnd: boolean;
}

/** AWS names no bound; this one keeps `x{1,1000000000}` from being expanded. */
const ITEMS_MAX = 256;

/** Codes that an expression tells apart: those that fit into an escape, and all others as one. */
const CODES = 257;
/** Sets of items that are kept, of one alternative: together about a megabyte. */
const STATES_MAX = 256;

const DIGIT = (code: number) => code >= 48 && code <= 57;
const WORD = (code: number) => DIGIT(code) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);
const SPACE = (code: number) => code === 32 || (code >= 9 && code <= 13);
const CLASSES: Readonly<Record<string, (code: number) => boolean>> = {
  d: DIGIT,
  D: (code) => !DIGIT(code),
  w: WORD,
  W: (code) => !WORD(code),
  s: SPACE,
  S: (code) => !SPACE(code),
};
const ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13 };

/** What AWS allows between the percent signs; blanks because its own examples have them. */
const ALPHABET = /^[A-Za-z0-9:_#=@/;,\-^$?[\]{}|\\*+. \t]*$/;

/** A test for texts that contain a match, or undefined when AWS's syntax has no such expression. */
export function filterRegex(source: string): ((text: string) => boolean) | undefined {
  if (source === '' || !ALPHABET.test(source)) return undefined;
  const alternatives = parse(source);
  const automata = alternatives?.map((alternative) => new Automaton(alternative));
  return automata && ((text) => automata.some((automaton) => automaton.isIn(text)));
}

/**
 * Runs an alternative over texts. What it may be in the middle of after each character is a set of items; each set that comes
 * up is kept with those that follow it, so that a character costs one look-up instead of a walk over all items.
 */
class Automaton {
  readonly #items: readonly Item[];
  readonly #atStart: boolean;
  readonly #atEnd: boolean;
  #states = new Map<string, State>();

  constructor({ items, atStart, atEnd }: Alternative) {
    this.#items = items;
    this.#atStart = atStart;
    this.#atEnd = atEnd;
  }

  /** Whether some piece of the text matches. */
  isIn(text: string): boolean {
    let state = this.#stateOf(new Uint8Array(this.#items.length + 1), true);
    for (let at = 0; at < text.length; at += 1) {
      if (state.isMatched && !this.#atEnd) return true;
      if (state.isDead) return false;
      // No expression tells characters beyond this apart: its own are ASCII, and escapes have two digits.
      const code = Math.min(text.charCodeAt(at), CODES - 1);
      let next = state.next[code];
      if (next === undefined) {
        next = this.#after(state, code);
        state.next[code] = next;
      }
      state = next;
    }
    return state.isMatched;
  }

  #after({ active }: State, code: number): State {
    const next = new Uint8Array(active.length);
    for (let n = 0; n < this.#items.length; n += 1) {
      const item = this.#items[n];
      if (!active[n] || !item?.matches(code)) continue;
      next[n + 1] = 1;
      if (item.repeats) next[n] = 1;
    }
    return this.#stateOf(next, false);
  }

  /** `active[n]`: the items before n are matched by some piece of text that ends here. */
  #stateOf(active: Uint8Array, isFirst: boolean): State {
    if (!this.#atStart || isFirst) active[0] = 1;
    for (let n = 0; n < this.#items.length; n += 1) if (active[n] && this.#items[n]?.optional) active[n + 1] = 1;
    const key = active.join('');
    let state = this.#states.get(key);
    if (state === undefined) {
      // An expression may have as many states as texts have characters: then they are made again and again.
      if (this.#states.size >= STATES_MAX) this.#states = new Map();
      const isMatched = active[this.#items.length] === 1;
      state = { active, isMatched, isDead: !active.includes(1), next: new Array<State | undefined>(CODES) };
      this.#states.set(key, state);
    }
    return state;
  }
}

interface State {
  readonly active: Uint8Array;
  readonly isMatched: boolean;
  /** Whatever follows, nothing will match. */
  readonly isDead: boolean;
  /** By the code of the next character. */
  readonly next: (State | undefined)[];
}

function parse(source: string): Alternative[] | undefined {
  const alternatives: Alternative[] = [];
  let at = 0;
  let itemCount = 0;
  while (at <= source.length) {
    const items: Item[] = [];
    const atStart = source[at] === '^';
    if (atStart) at += 1;
    let atEnd = false;
    while (at < source.length && source[at] !== '|') {
      if (source[at] === '$') {
        atEnd = true;
        at += 1;
        if (at < source.length && source[at] !== '|') return undefined;
        break;
      }
      const character = parseCharacter(source, at);
      if (!character) return undefined;
      const quantity = parseQuantity(source, character.end);
      if (!quantity) return undefined;
      at = quantity.end;
      const { min, max } = quantity;
      itemCount += max === Number.POSITIVE_INFINITY ? Math.max(min, 1) : max;
      if (itemCount > ITEMS_MAX) return undefined;
      const { matches } = character;
      for (let n = 0; n < min - 1; n += 1) items.push({ matches, optional: false, repeats: false });
      const unbounded = max === Number.POSITIVE_INFINITY;
      if (min > 0) items.push({ matches, optional: false, repeats: unbounded });
      else if (unbounded) items.push({ matches, optional: true, repeats: true });
      if (!unbounded) for (let n = min; n < max; n += 1) items.push({ matches, optional: true, repeats: false });
    }
    alternatives.push({ items, atStart, atEnd });
    at += 1;
  }
  return alternatives;
}

interface Character {
  readonly matches: (code: number) => boolean;
  readonly end: number;
}

function parseCharacter(source: string, at: number): Character | undefined {
  const character = source[at];
  if (character === undefined || '*+?{}]^'.includes(character)) return undefined;
  if (character === '.') return { matches: (code) => code !== 10, end: at + 1 };
  if (character === '[') return parseSet(source, at + 1);
  if (character === '\\') return parseEscape(source, at + 1);
  return exactly(character.charCodeAt(0), at + 1);
}

function parseEscape(source: string, at: number): Character | undefined {
  const character = source[at];
  if (character === undefined) return undefined;
  if (character === 'x') {
    const hex = source.slice(at + 1, at + 3);
    return /^[0-9A-Fa-f]{2}$/.test(hex) ? exactly(Number.parseInt(hex, 16), at + 3) : undefined;
  }
  const set = CLASSES[character];
  if (set) return { matches: set, end: at + 1 };
  const control = ESCAPES[character];
  if (control !== undefined) return exactly(control, at + 1);
  return /[A-Za-z0-9]/.test(character) ? undefined : exactly(character.charCodeAt(0), at + 1);
}

function parseSet(source: string, start: number): Character | undefined {
  const inverted = source[start] === '^';
  const tests: ((code: number) => boolean)[] = [];
  let at = inverted ? start + 1 : start;
  while (source[at] !== ']') {
    const low = parseSetMember(source, at);
    if (!low) return undefined;
    const rangeFollows = source[low.end] === '-' && source[low.end + 1] !== ']' && low.code !== undefined;
    if (!rangeFollows) {
      tests.push(low.matches);
      at = low.end;
      continue;
    }
    const high = parseSetMember(source, low.end + 1);
    const { code: from } = low;
    const to = high?.code;
    if (!high || from === undefined || to === undefined || to < from) return undefined;
    tests.push((code) => code >= from && code <= to);
    at = high.end;
  }
  if (tests.length === 0) return undefined;
  return { matches: (code) => tests.some((test) => test(code)) !== inverted, end: at + 1 };
}

function parseSetMember(source: string, at: number): (Character & { code?: number }) | undefined {
  const character = source[at];
  if (character === undefined) return undefined;
  return character === '\\' ? parseEscape(source, at + 1) : exactly(character.charCodeAt(0), at + 1);
}

function parseQuantity(source: string, at: number): { min: number; max: number; end: number } | undefined {
  switch (source[at]) {
    case '?':
      return { min: 0, max: 1, end: at + 1 };
    case '*':
      return { min: 0, max: Number.POSITIVE_INFINITY, end: at + 1 };
    case '+':
      return { min: 1, max: Number.POSITIVE_INFINITY, end: at + 1 };
    case '{': {
      // AWS: "Either m or n can be omitted", and blanks may stand beside the comma.
      const bounds = /^\{ *(\d{0,4}) *(?:(,) *(\d{0,4}) *)?\}/.exec(source.slice(at));
      if (!bounds || (bounds[1] === '' && !bounds[3])) return undefined;
      const min = Number(bounds[1]);
      const max = !bounds[2] ? min : bounds[3] ? Number(bounds[3]) : Number.POSITIVE_INFINITY;
      return max < min ? undefined : { min, max, end: at + bounds[0].length };
    }
    default:
      return { min: 1, max: 1, end: at };
  }
}

function exactly(code: number, end: number): Character & { code: number } {
  return { matches: (other) => other === code, end, code };
}
