/**
 * Whether a text is what a pattern of a policy means: `*` stands for any characters, `?` for one; nothing else is special.
 * Takes at most as many steps as the product of both lengths, whatever the pattern: who writes policies is not trusted.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let read = 0;
  // Where the last star stood, and how much of the text it has taken so far.
  let star = -1;
  let taken = 0;
  while (read < text.length) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at;
      taken = read;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[read])) {
      at += 1;
      read += 1;
    } else if (star >= 0) {
      taken += 1;
      at = star + 1;
      read = taken;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
