// One environment answers one event after another, so what is outside the handler is kept between them.
let answered = 0;

export const handler = async (event, context) => {
  answered += 1;
  const name = event.name ?? 'world';
  console.log(`greeting ${name}`);
  return {
    message: `Hello, ${name}!`,
    function: context.functionName,
    runtime: `Node ${process.versions.node}`,
    answered,
  };
};
