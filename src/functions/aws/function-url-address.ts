/** For clients that cannot resolve the other form: `<origin>/_lambent/function-url/<id>/…`. */
const PATH = '/_lambent/function-url/';
const ID_CHARACTERS = 32;
const DOT = '.'.charCodeAt(0);
const HOST = /^([a-z0-9]{32})\.lambda-url\./i;

/**
 * A function URL as a client can reach it that reached us at `origin`: with a host of its own, as on AWS, on the loopback
 * interface, to which all of `localhost` leads; elsewhere nobody answers for such hosts, and it is a path.
 */
export function functionUrlAddress(id: string, region: string, origin: string): string {
  const { protocol, hostname = '', port } = URL.parse(origin) ?? {};
  if (!isLoopback(hostname)) return `${origin}${PATH}${id}/`;
  return `${protocol}//${id}.lambda-url.${region}.localhost${port === '' ? '' : `:${port}`}/`;
}

/** The id in the address of a request to a function URL, in either form and with any domain; undefined: another request. */
export function functionUrlId(host: string | undefined, url: string): string | undefined {
  // Every request comes by here, so the least is done for those that mean something else.
  if (host?.charCodeAt(ID_CHARACTERS) === DOT) {
    const [, id] = HOST.exec(host) ?? [];
    if (id !== undefined) return id.toLowerCase();
  }
  if (!url.startsWith(PATH)) return undefined;
  return /^[^/?]*/.exec(url.slice(PATH.length))?.[0];
}

function isLoopback(hostname: string): boolean {
  return hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname) || /(^|\.)localhost$/.test(hostname);
}
