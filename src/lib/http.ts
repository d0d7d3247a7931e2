// node:http without what it brings along: an `import` of it reads all its exports, among them the getters behind
// `WebSocket` and `CloseEvent`, which load Node's whole fetch (15 MB of memory, 50 ms of the start, Node 24.21).
export const { createServer, request } = process.getBuiltinModule('node:http');
