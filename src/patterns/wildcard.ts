/**
 * Whether a text is as the pattern says: `*` stands for any characters, `\*` and `\\` for themselves. In as many steps as
 * pattern and text are long: the pattern of a customer meets texts of anybody, a megabyte long, while all others wait.
 */
export function wildcardTest(pattern: string): (text: string) => boolean {
  const pieces = [''];
  for (const [, escaped, star, plain] of pattern.matchAll(/\\([*\\])|(\*)|(.)/gsu)) {
    if (star === undefined) pieces.push(`${pieces.pop()}${escaped ?? plain}`);
    else pieces.push('');
  }
  const [first = '', ...others] = pieces;
  const last = others.pop();
  if (last === undefined) return (text) => text === first;
  const finders = others.map(finder);
  return (text) => {
    if (text.length < first.length + last.length) return false;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const find of finders) at = find(text, at);
    return at + last.length <= text.length;
  };
}

/**
 * Finds where a piece ends that begins at a place or behind it; Infinity: there is none. By Knuth, Morris and Pratt, since
 * `indexOf` takes as many steps as both lengths multiplied when a text is made for it.
 */
function finder(piece: string): (text: string, from: number) => number {
  // Of each beginning of the piece: how much of it, at most, also ends it.
  const borders: number[] = [0];
  for (let at = 1, same = 0; at < piece.length; at += 1) {
    while (same > 0 && piece[at] !== piece[same]) same = borders[same - 1] ?? 0;
    if (piece[at] === piece[same]) same += 1;
    borders.push(same);
  }
  return (text, from) => {
    if (piece === '') return from;
    let same = 0;
    for (let at = from; at < text.length; at += 1) {
      while (same > 0 && text[at] !== piece[same]) same = borders[same - 1] ?? 0;
      if (text[at] === piece[same]) same += 1;
      if (same === piece.length) return at + 1;
    }
    return Number.POSITIVE_INFINITY;
  };
}
