// The handler of the warm measurement: in a function, and in the bare server.
export const handler = async (event) => event;
