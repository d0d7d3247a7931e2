// The first process of the contract suite's sandboxes: runs what it is told to, and answers. One line of JSON each way.
const { createInterface } = require('node:readline');
const { Socket } = require('node:net');

const Code = Object.getPrototypeOf(async () => {}).constructor;
const channel = new Socket({ fd: 3, readable: true, writable: true });
createInterface({ input: channel }).on('line', async (line) => {
  const answer = await new Code('require', JSON.parse(line))(require).then(
    (value) => ({ value: value ?? null }),
    (error) => ({ error: error.code ?? error.message }),
  );
  channel.write(`${JSON.stringify(answer)}\n`);
});
channel.on('end', () => process.exit(0));
